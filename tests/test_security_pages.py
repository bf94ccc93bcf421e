"""SECURITY.md and the threat model name tests and pages that there are."""

import re

from stadspuls.settings import ROOT

MODEL = ROOT / "docs" / "security" / "threat-model.md"
POLICY = ROOT / "SECURITY.md"


def test_every_threat_names_a_test_that_there_is() -> None:
    rows = [line for line in MODEL.read_text().splitlines() if line.startswith("| ") and "shown by" not in line]
    assert len(rows) >= 15
    for row in rows:
        shown = re.findall(r"`(tests/[\w./-]+)`", row.rsplit("|", 2)[1])
        assert shown, f"nothing shows that something stands against it: {row}"
        assert [path for path in shown if not (ROOT / path).exists()] == []


def test_each_kind_of_threat_is_thought_of() -> None:
    rows = MODEL.read_text()
    kinds = ("Spoofing", "Tampering", "Repudiation", "Information", "Denial", "Elevation")
    assert all(f"**{kind[0]}**{kind[1:]}" in rows for kind in kinds)
    assert "**Not defended**" in rows


def test_the_policy_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", POLICY.read_text())
    assert len(targets) >= 4
    assert [target for target in targets if not (ROOT / target).exists()] == []
    assert "stadspuls version" in POLICY.read_text()
