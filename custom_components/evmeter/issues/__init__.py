"""What is wrong and can be put right: who finds it, and the board that tells the user."""

from .board import Issue, IssueBoard, IssueData
from .charger import PROBLEM_GRACE, not_obeying_issue, problem_issue, rival_issues
from .foreign_writes import ForeignWrites
from .mains import mains_issues
from .rivals import configured_rivals, suspected_rivals

__all__ = [
    "PROBLEM_GRACE",
    "ForeignWrites",
    "Issue",
    "IssueBoard",
    "IssueData",
    "configured_rivals",
    "mains_issues",
    "not_obeying_issue",
    "problem_issue",
    "rival_issues",
    "suspected_rivals",
]
