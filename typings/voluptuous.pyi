# Home Assistant answers `import voluptuous` with probatio: so do the type checks, for the names used here.
from probatio import (
    UNDEFINED as UNDEFINED,
    Invalid as Invalid,
    Marker as Marker,
    Optional as Optional,
    Required as Required,
    Schema as Schema,
)
