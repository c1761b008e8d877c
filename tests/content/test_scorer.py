from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.content import LexiconScorer, Scorer, score
from graphwatch.content import scorer as scorer_module
from graphwatch.content.lexicon import BUNDLED, read_lexicon
from graphwatch.content.scorer import bundled_scorer, utf8_buffers
from graphwatch.errors import ConfigurationError
from graphwatch.schema import CATEGORIES

SAMPLE = ["You are an idiot.", "你真是个废物", "lovely day", None, "", "对这次处理很失望", "大家一起举报她", "привет", "   ", "🤡"]


def test_unreadable_texts_get_null() -> None:
    unreadable = [
        None,
        "",
        "  \n\t",
        "\u200b\ufe0f",
        "привет дурак",
        "مرحبا",
        "これはとてもいいですね",
        "안녕하세요 여러분",
        "//@someone: 你是傻逼",
    ]
    scored = score(unreadable)
    assert scored["hostility"].null_count() == len(unreadable)
    assert scored["category"].null_count() == len(unreadable)
    assert scored["reasons"].null_count() == len(unreadable)


def test_columns_and_bounds() -> None:
    scored = score(SAMPLE)
    assert scored.columns == ["hostility", "category", "reasons"]
    assert scored.schema["hostility"] == pl.Float64
    known = scored["hostility"].drop_nulls()
    assert known.is_between(0, 1, closed="none").all()
    assert set(scored["category"].drop_nulls()) <= set(CATEGORIES)
    fast = score(SAMPLE, reasons=False)
    assert fast.columns == ["hostility", "category"]
    assert fast.equals(scored.select("hostility", "category"))
    assert score([]).height == 0
    assert score(pl.Series([], dtype=pl.String)).height == 0


def test_interface() -> None:
    filled: Scorer = LexiconScorer(read_lexicon())
    assert filled.score(SAMPLE, reasons=False).equals(score(SAMPLE, reasons=False))


def test_batches_pieces_and_repetition_do_not_change_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"you are an idiot {i}" if i % 3 else f"第{i}个废物你好" for i in range(400)] + SAMPLE * 90
    expected = score(texts, reasons=False)
    monkeypatch.setattr(scorer_module, "BATCH", 37)
    monkeypatch.setattr(scorer_module, "PIECE", 5)
    assert score(texts, reasons=False).equals(expected)
    monkeypatch.setattr(scorer_module, "REPEATED", 0.0)
    assert score(texts, reasons=False).equals(expected)
    one_by_one = pl.concat([score([text], reasons=False) for text in texts[::29]])
    assert one_by_one.equals(expected[::29])


def test_own_words_only_in_a_repost_chain() -> None:
    assert score(["转发微博//@a:你真是个废物"])["hostility"][0] < 0.1
    assert score(["你真是个废物//@a:今天天气好"])["hostility"][0] > 0.5


def test_links_and_names_are_not_words() -> None:
    scored = score(
        ["see https://example.org/idiot/you now", "@stupid_idiot hello there", "mail you@idiot please", "HTTP://EXAMPLE.ORG/idiot"]
    )
    assert (scored["hostility"] < 0.1).all(), scored["reasons"].to_list()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call 13812345678 now", True),
        ("138-1234-5678", True),
        ("order 1381234567", False),
        ("post 138123456789 is there", False),
        ("id 11010519491231002X", True),  # the worked example of GB 11643
        ("id 110105194912310021", False),  # wrong check digit
        ("tweet 874321987654321987", False),
    ],
)
def test_personal_numbers(text: str, found: bool) -> None:
    scored = score([text])
    assert ("number>" in " ".join(scored["reasons"][0])) == found
    assert (scored["category"][0] == "privacy") == found


def test_reasons_point_into_the_original() -> None:
    text = "😀 ﬁne… but yo\u200bu are an I.D.I.O.T! 她真恶心"
    reasons = score([text])["reasons"][0].to_list()
    spans = {m[1]: text[int(m[2]) : int(m[3])] for r in reasons if (m := re.search(r'"(.+?)" at (\d+):(\d+)', r))}
    assert spans["idiot"] == "I.D.I.O.T"
    assert spans["you"] == "yo\u200bu"
    assert spans["恶心"] == "恶心"
    assert spans["她"] == "她"


def test_reasons_repeat_no_word_of_the_text() -> None:
    reasons = " ".join(score(["Zanzibar says you are an idiot <script>"])["reasons"][0])
    assert "Zanzibar" not in reasons
    assert "<script>" not in reasons


def test_scores_add_up_to_what_the_reasons_say() -> None:
    value = float(re.findall(r"\+([\d.]+)", score(["You are an idiot."])["reasons"][0][0])[0])
    bias = read_lexicon().weights.bias
    assert score(["You are an idiot."])["hostility"][0] == pytest.approx(1 / (1 + np.exp(-(bias + value))), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=5))
def test_any_text_is_safe(texts: list[str | None]) -> None:
    scored = score(pl.Series(texts, dtype=pl.String))
    assert scored.height == len(texts)
    for text, hostility, reasons in zip(texts, scored["hostility"], scored["reasons"], strict=True):
        assert (hostility is None) == (reasons is None)
        for reason in reasons if reasons is not None else []:
            at, end = map(int, re.findall(r" at (\d+):(\d+)", reason)[0])
            assert 0 <= at < end <= len(text or "")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="idotyouare .,你我傻逼不是骗子!\u200b@:", max_size=40))
def test_reasons_follow_the_score(text: str) -> None:
    scored = score([text])
    if scored["hostility"][0] is not None and scored["hostility"][0] > 0.5:
        assert any(reason.startswith(CATEGORIES[:7]) for reason in scored["reasons"][0])


def test_long_and_dense_texts_are_bounded() -> None:
    scored = score(["you idiot " * 20_000, "a" * 3_000_000, "你" * 100_000, "ab" * 100_000], reasons=False)
    assert scored["hostility"][0] > 0.5
    assert scored["hostility"].null_count() == 0


def test_buffers_of_a_sliced_series() -> None:
    series = pl.Series(["xx", "yéy", None, "z", "long " * 10]).slice(1, 3)
    data, offsets = utf8_buffers(series)
    texts = [bytes(data[a:b]).decode() for a, b in itertools.pairwise(offsets.tolist())]
    assert texts == ["yéy", "", "z"]


def _lexicon(tmp_path: Path, change: str, by: str) -> Path:
    source = BUNDLED.read_text(encoding="utf-8")
    assert change in source
    path = tmp_path / "lexicon.toml"
    path.write_text(source.replace(change, by, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "by", "message"),
    [
        ("bias = -3.5", "bias = 3.5", "weights.bias"),
        ("bias = -3.5", "bais = -3.5", "weights.b"),
        ("version = 1", "version = 2", "version"),
        ('"idiot", ', '"idiot", "I-DIOT", ', "stands twice"),
        ('"idiot", ', '"idiot", "\u200b", ', "nothing to match"),
        ('"idiot", ', '"idiot", "one, two", ', "end of a clause"),
        ('leet_from = "0', 'leet_from = "00', "same length"),
        ("version = 1", "version = ", "not valid TOML"),
    ],
)
def test_a_wrong_lexicon_is_a_clear_error(tmp_path: Path, change: str, by: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        LexiconScorer(read_lexicon(_lexicon(tmp_path, change, by)))


def test_missing_lexicon(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_lexicon(tmp_path / "none.toml")


def test_another_lexicon(tmp_path: Path) -> None:
    path = _lexicon(tmp_path, '"idiot", ', '"idiot", "grumbleweed", ')
    text = ["you are a grumbleweed"]
    assert bundled_scorer(path).score(text)["hostility"][0] > 0.5
    assert score(text)["hostility"][0] < 0.1


def test_lexicon_file_is_clean() -> None:
    lexicon = read_lexicon()
    variants = lexicon.variants
    assert len(set(variants.traditional)) == len(variants.traditional)
    assert not set(variants.traditional) & set(variants.simplified)
    terms = [term for rule in lexicon.rule for term in rule.terms]
    assert all(term == term.strip() for term in terms)
    for category in CATEGORIES[:8]:
        assert {rule.lang for rule in lexicon.rule if rule.category == category} >= {"en", "zh"}
