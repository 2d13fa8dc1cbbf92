"""docs/performance.md, which several scripts write, each its part: bench/run what comes first, the others a section with a heading of their own."""

import re

from candidates import ROOT

PAGE = ROOT / "docs" / "performance.md"
FIRST = "# Performance"
HEADINGS = [FIRST, "## Fan-out", "## Sessions", "## Probe and lint"]  # in the order of the page


def parts_of(text):
    """The page's parts by heading."""
    found = re.split(rf"^(?=(?:{'|'.join(map(re.escape, HEADINGS))})$)", text, flags=re.MULTILINE)
    return {part.partition("\n")[0]: part.strip("\n") for part in found if part.strip()}


def with_part(text, part):
    """The page with one part new, and the others as they were."""
    parts = {FIRST: FIRST} | parts_of(text) | parts_of(part)
    return "\n\n".join(parts[heading] for heading in HEADINGS if heading in parts) + "\n"


def write_part(part):
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(with_part(PAGE.read_text() if PAGE.exists() else "", part))
    return f"Written to {PAGE.relative_to(ROOT)}."
