"""The report on the rules counts honestly."""

from __future__ import annotations

from tests.report_rules import WITHOUT_BEHAVIOUR, line_of, lines, paragraphs, rules


def test_all_249_rules_are_there_in_order():
    assert [rule["number"] for rule in rules()] == [f"R{number}" for number in range(1, 250)]
    assert all(rule["chapter"] and rule["sentence"] for rule in rules())


def test_every_rule_without_behaviour_stands_in_the_manual():
    assert WITHOUT_BEHAVIOUR - set(paragraphs()) == set()


def test_a_skipped_test_is_missing_and_one_failure_fails_the_rule():
    rule = {"number": "R1", "chapter": "1", "sentence": "登录"}
    skipped = {"test": "a", "level": "browser", "outcome": "skipped"}
    passed = {"test": "b", "level": "page", "outcome": "passed"}
    failed = {"test": "c", "level": "rule", "outcome": "failed"}
    assert line_of(rule, [skipped], {}).state == "missing"
    assert line_of(rule, [skipped, passed], {}).levels == ("page",)
    assert line_of(rule, [passed, failed], {}).state == "failed"


def test_a_paragraph_does_not_stand_for_a_rule_with_behaviour():
    found = {line.number: line.state for line in lines({}, {"R1": "x", "R31": "y"})}
    assert found["R1"] == "missing" and found["R31"] == "manual"
