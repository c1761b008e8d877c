"""Functional tests in the manner of HateCheck (Röttger et al. 2021): each class pins one thing that a keyword list gets wrong."""

from __future__ import annotations

import pytest

from graphwatch.content import score

HOSTILE = {
    "direct abuse": [
        "You are an idiot.",
        "what a pathetic loser you are",
        "Shut up, moron!",
        "你真是个废物",
        "你们都是垃圾",
        "你就是个骗子",
    ],
    "third person": ["She is a lying bitch", "this guy is such a moron", "他就是个人渣", "这女的真恶心"],
    "whole message": ["Idiot!", "scumbag", "傻逼", "滚"],
    "threat": ["I will find you and you will regret this", "kill yourself", "你怎么不去死", "你等着，弄死你"],
    "incitement": [
        "Everyone report her account now",
        "let's all attack him, get her fired",
        "姐妹们冲，大家一起举报她",
        "把他挂出来，骂死他",
    ],
    "doxxing": ["Her address is on the list, she lives at number 5", "他的手机号是13812345678", "人肉他，把家庭住址挂出来"],
    "group": ["You people are all criminals, go back to your country", "你们这种人没一个好东西"],
    "mention": ["@someone_1 worthless scumbag", "@某人 智障"],
    "twice": ["You are stupid and disgusting", "你又蠢又恶心"],
}
OBFUSCATED = [
    "you s.t.u.p.i.d loser",
    "you stuuuuuupid loser",
    "you are an 1d10t",
    "YOU ARE AN IDIOT",
    "ｙｏｕ ａｒｅ ａｎ ｉｄｉｏｔ",
    "you are an id\u200biot",
    "you are an i d i o t",
    "you are an ídiót",
    "you are idiots",
    "你这个傻*逼",
    "你这个傻 逼",
    "你这个傻\u200b逼",
    "你這個賤人",
    "你是sb吧",
    "你個騙子",
    "𝐲𝐨𝐮 𝐚𝐫𝐞 𝐚𝐧 𝐢𝐝𝐢𝐨𝐭",
]
HARMLESS = {
    "negated": ["You are not an idiot.", "she isn't stupid at all", "他不是骗子", "你并不是废物", "你不傻"],
    "quoted or reported": [
        "He called me an idiot yesterday.",
        "People said she was a whore",
        "有人骂我傻逼",
        "网友称其为骗子",
        "他被骂废物，很难过",
    ],
    "self": ["I am such an idiot", "I'm so stupid, I forgot my keys", "我真是个傻逼，忘带钥匙了", "我太蠢了"],
    "counter-speech": [
        "Stop calling people idiots",
        "It is wrong to call anyone a moron",
        "别骂人家傻逼",
        "请不要用脑残这种词",
        "反对地域歧视，别骂乡巴佬",
    ],
    "praise": [
        "You are wonderful, thank you!",
        "this was fucking awesome",
        "you killed it tonight",
        "你太棒了",
        "主播加油，我们爱你",
        "太可爱了吧",
    ],
    "ordinary": [
        "See you at 7 tomorrow",
        "The meeting moved to Monday.",
        "今天天气不错",
        "垃圾分类从今天开始",
        "其他人呢？",
        "这部电影滚滚红尘很经典",
    ],
    "innocent part": [
        "The assassin passed the classic class",
        "Scunthorpe is a town",
        "公共汽车上人很多",
        "记得把垃圾倒了",
        "the killer whale swam",
    ],
    "object": ["This movie is stupid", "the trash is outside", "这天气真恶心", "这个设计很垃圾"],
    "reader": ["这条视频笑死", "我笑到肚子疼", "lol same"],
}
CRITICISM = [
    "I am disappointed by this decision.",
    "The service was unprofessional and the answer misleading.",
    "You should apologise for this, it was irresponsible.",
    "Poor quality, I want a refund",
    "对这次处理很失望",
    "质量太差，要求退款",
    "你们的做法不专业，应该道歉",
    "不认同你的观点",
]


def _cases(groups: dict[str, list[str]]) -> list[object]:
    return [pytest.param(text, id=f"{group}: {text}") for group, texts in groups.items() for text in texts]


def _hostility(text: str) -> float:
    return float(score([text], reasons=False)["hostility"][0])


@pytest.mark.parametrize("text", _cases(HOSTILE))
def test_hostile_texts_reach_half(text: str) -> None:
    assert _hostility(text) >= 0.5, score([text])["reasons"].to_list()


@pytest.mark.parametrize("text", OBFUSCATED)
def test_obfuscated_spelling_is_read(text: str) -> None:
    assert _hostility(text) >= 0.5, score([text])["reasons"].to_list()


@pytest.mark.parametrize("text", _cases(HARMLESS))
def test_harmless_texts_stay_low(text: str) -> None:
    assert _hostility(text) < 0.4, score([text])["reasons"].to_list()


@pytest.mark.parametrize("text", CRITICISM)
def test_criticism_of_conduct_is_criticism(text: str) -> None:
    scored = score([text])
    assert scored["category"][0] == "criticism", scored["reasons"].to_list()
    assert 0.03 < scored["hostility"][0] < 0.4


@pytest.mark.parametrize(
    ("plain", "context"),
    [
        ("You are an idiot", "You are not an idiot"),
        ("You are an idiot", "I am an idiot"),
        ("You are an idiot", "They said you are an idiot"),
        ("You are an idiot", 'The word "idiot" is old'),
        ("你是骗子", "你不是骗子"),
        ("你是骗子", "有人说你是骗子"),
        ("你是骗子", "我是骗子"),
        ("this idiot again, and you", "an idiot"),
    ],
)
def test_context_lowers_the_score(plain: str, context: str) -> None:
    assert _hostility(context) < _hostility(plain)


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        ("you are stupid", "you are so stupid"),
        ("the film is stupid", "your film is stupid"),
        ("your film is stupid", "you are stupid"),
        ("some idiot", "that idiot, he is an idiot and a liar"),
        ("你是骗子", "你真是个骗子"),
        ("an idiot wrote it. You", "you idiot wrote it."),
    ],
)
def test_aim_and_strength_raise_the_score(weak: str, strong: str) -> None:
    assert _hostility(weak) < _hostility(strong)


def test_a_keyword_alone_is_no_attack() -> None:
    for text in (
        "In the old story a village idiot finds the treasure",
        "小说里那段关于骗子的描写很精彩",
        "a talk on scumbag villains in film",
    ):
        assert _hostility(text) < 0.5


def test_address_beats_counter_speech() -> None:
    assert _hostility("Stop calling people idiots, you moron") >= 0.5


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("kill yourself", "threat"),
        ("he lives at number 5, her phone number is out", "privacy"),
        ("大家一起举报她", "incitement"),
        ("他就是骗子", "slander"),
        ("you are such a clown", "mockery"),
        ("go back to your country", "group_antagonism"),
        ("you are a moron", "abuse"),
        ("lovely day", "none"),
    ],
)
def test_category(text: str, category: str) -> None:
    assert score([text], reasons=False)["category"][0] == category
