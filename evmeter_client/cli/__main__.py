"""`python -m evmeter_client.cli` is the same as `evmeter`."""

from __future__ import annotations

from evmeter_client.cli import main

raise SystemExit(main())
