"""`python -m shipping`: build what is deployed, and say what was built."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from glue_etl.core.errors import GlueEtlError
from shipping.build import DIST, build, build_glue_wheels


def main() -> int:
    """Build into --output (dist/ by default); 1 with one line on stderr where that can't be done."""
    parser = argparse.ArgumentParser(prog="python -m shipping", description="Build what is deployed.")
    parser.add_argument("--output", type=Path, default=DIST, help="folder to build into (default: dist)")
    parser.add_argument("--glue-wheels", action="store_true", help="build only the bundle of wheels that Glue installs")
    options = parser.parse_args()
    try:
        artifacts = build_glue_wheels(options.output) if options.glue_wheels else build(options.output)
    except (GlueEtlError, OSError) as error:
        print(f"make package: {error}", file=sys.stderr)
        return 1
    for path in artifacts:
        content = path.read_bytes()
        print(f"{path.name:28} {len(content) / 1024:10,.0f} KiB  sha256 {hashlib.sha256(content).hexdigest()[:16]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
