"""The words of the simulated accounts, written for it: no real person, brand or handle, and none of the worst words.

Each template has slots: ``{a}`` an adverb, ``{t}`` a thing, ``{w}`` how the target is called, ``{e}`` an emoji, ``{n}`` a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SLOTS_ZH: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "a": ("真的", "简直", "确实", "完全", "有点", "实在", "果然", "居然", "明显", "一直"),
        "t": ("视频", "直播", "文章", "这首歌", "新图", "采访", "节目", "这条动态", "声明", "新品", "攻略", "测评"),
        "w": ("这个人", "这号人", "你", "博主", "楼主", "up主", "这位", "某人"),
        "e": ("", "", "", "。", "！", "！！", "~", "😂", "😡", "👍", "🔥", "❤️", "🙏", "…", "🤔", "👏"),
        "n": ("1", "2", "3", "5", "7", "10", "12", "20", "50", "100"),
    }
)
SLOTS_EN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "a": ("really", "honestly", "simply", "clearly", "kind of", "just", "always", "literally", "totally", "actually"),
        "t": ("video", "stream", "article", "song", "post", "interview", "episode", "statement", "update", "guide", "review", "clip"),
        "w": ("this person", "this one", "you", "the author", "that account", "OP", "this guy", "somebody"),
        "e": ("", "", "", ".", "!", "!!", " :)", " lol", " 😂", " 😡", " 👍", " 🔥", " ❤️", "...", " 🤔", " smh"),
        "n": ("1", "2", "3", "5", "7", "10", "12", "20", "50", "100"),
    }
)
ZH: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "chatter": (
            "今天也来看{t}了{e}",
            "刚下班,顺手点开{t}{e}",
            "有人知道{t}里的背景音乐叫什么吗{e}",
            "第{n}次看{t},{a}看不腻{e}",
            "我们这边下了一整天雨{e}",
            "路过打卡,第{n}天{e}",
            "这个{t}我等了{n}天{e}",
            "求个链接,{t}在哪里看{e}",
            "同感,{a}是这样{e}",
            "前排占座{e}",
            "周末有没有人一起去爬山{e}",
            "午饭吃什么好,{a}纠结{e}",
            "请问{t}什么时候更新{e}",
            "学到了,收藏{e}",
        ),
        "praise": (
            "{t}{a}好看{e}",
            "辛苦了,{t}{a}用心{e}",
            "永远支持你,加油{e}",
            "声音{a}好听,循环{n}遍{e}",
            "画质和剪辑都进步了{e}",
            "从{n}年前关注到现在,一直很喜欢{e}",
            "太棒了,期待下一期{e}",
            "认真做{t}的人值得更好的{e}",
        ),
        "news": (
            "最新消息:{t}已经发布,详情见链接{e}",
            "现场情况通报,目前{n}人已经安全撤离{e}",
            "据通报,相关部门已介入,后续关注{t}{e}",
            "时间线整理:{n}点开始,{t}陆续更新{e}",
            "转发扩散,希望大家平安{e}",
            "官方回应来了,看{t}{e}",
            "目击者说大约{n}分钟后恢复正常{e}",
        ),
        "joke": (
            "笑死,{w}{a}是个喜剧人{e}",
            "救命,{t}里那个表情我能笑{n}天{e}",
            "哈哈哈哈哈哈哈{e}",
            "已经做成表情包了{e}",
            "这波啊,这波是{t}自己打自己{e}",
            "谁懂啊,{n}秒那里{a}绷不住{e}",
            "建议申遗{e}",
            "{w}:我不要面子的吗{e}",
        ),
        "giveaway": (
            "已转发已关注,许愿中奖{e}",
            "抽我抽我,从来没中过{e}",
            "参与抽奖,希望第{n}次能中{e}",
            "接好运,转发{t}{e}",
            "关注加转发,拉好友{n}位{e}",
        ),
        "counter": (
            "有话好好说,别骂人{e}",
            "有人骂“滚出去”,这种话{a}过分了{e}",
            "不了解情况就不要跟风骂{e}",
            "刚看到有人叫大家去评论区骂,请不要去{e}",
            "再怎么样也不能人肉别人{e}",
            "我被人骂过“垃圾”,知道那种感受,大家冷静{e}",
            "等{t}完整版出来再说吧{e}",
        ),
        "criticism": (
            "这次的{t}{a}不合格,希望给个说明{e}",
            "等了{n}天客服都没有回复,体验很差{e}",
            "宣传和实物不符,{a}应该退款{e}",
            "声明避重就轻,没有回答问题{e}",
            "作为老用户很失望,{t}质量下降了{e}",
            "价格涨了{n}块,服务却少了{e}",
            "数据来源没有写清楚,结论站不住{e}",
            "请正面回应消费者的质疑{e}",
            "道歉没有诚意,整改方案在哪里{e}",
            "这一段剪辑有误导,建议更正{e}",
        ),
        "scathing": (
            "{t}{a}离谱,把消费者当什么了{e}",
            "这种质量也敢卖{n}块,{a}可耻{e}",
            "满嘴谎话的声明,谁批准的,谁负责{e}",
            "管理混乱,{t}一塌糊涂,必须追责{e}",
            "再也不会买了,{a}是最差的一次{e}",
            "敷衍了{n}天,等来这么个{t},无耻{e}",
        ),
        "abuse": (
            "{w}{a}恶心,滚出去{e}",
            "{w}就是个垃圾,看见就烦{e}",
            "脑子有病吧,{w}{e}",
            "废物一个,也配发{t}{e}",
            "不要脸,{a}不要脸{e}",
            "蠢货闭嘴吧{e}",
            "贱人,还有脸更新{e}",
            "人渣,滚远点{e}",
            "{w}长得就让人想吐{e}",
            "你全家都教不出一个人样{e}",
            "傻子才看你的{t}{e}",
        ),
        "mockery": (
            "哟,又出来卖惨了{e}",
            "就这?{n}岁小孩都比{w}强{e}",
            "{w}又开始表演了,给奖杯{e}",
            "笑话,{t}也好意思发{e}",
            "戏真多,{a}影帝{e}",
            "小丑竟然还在跳{e}",
            "好厉害哦,快给{w}鼓掌{e}",
            "丑人多作怪{e}",
        ),
        "threat": (
            "你给我等着,迟早收拾你{e}",
            "出门小心点{e}",
            "再发一条试试,有你好看{e}",
            "我知道怎么让你闭嘴,走着瞧{e}",
            "{n}天之内你不删,后果自负{e}",
        ),
        "privacy": (
            "扒出来了,住在某某路{n}号某某小区,自己去找{e}",
            "电话000-0000-00{n},随便打{e}",
            "学校班级都有了,私信我发{e}",
            "真名和单位我整理成{t}了,需要的来{e}",
            "身份证号XXXX{n}开头,继续扒{e}",
        ),
        "slander": (
            "听说{w}骗了{n}个人的钱,{a}有证据{e}",
            "内部人说{w}靠关系上位的{e}",
            "早就知道{w}私生活混乱,到处骗{e}",
            "{w}的{t}全是偷来的,惯犯{e}",
            "据说{w}以前坐过牢,大家小心{e}",
        ),
        "incitement": (
            "大家一起去评论区,让{w}知道厉害{e}",
            "兄弟们冲,刷到{w}关评论为止{e}",
            "都去举报,{n}个人就能封号{e}",
            "集合,今晚{n}点一起去直播间{e}",
            "转发扩散,别让{w}跑了,一人一条{e}",
            "姐妹们私信轰炸起来,不道歉不停{e}",
        ),
        "group_antagonism": (
            "{w}的粉丝都是一路货色,没脑子{e}",
            "你们这种地方出来的人{a}都这样{e}",
            "这一家粉丝又在洗,恶臭{e}",
            "果然这群人没一个好东西{e}",
            "什么圈子出什么人,{a}低级{e}",
        ),
    }
)
EN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "chatter": (
            "just watched the {t}{e}",
            "does anybody know the music in this {t}?{e}",
            "day {n} of checking in{e}",
            "it has been raining here all day{e}",
            "waited {n} days for this {t}{e}",
            "where can I find the {t}?{e}",
            "same here, {a}{e}",
            "first time here, hello{e}",
            "saved for later{e}",
            "what is everybody having for lunch{e}",
            "when is the next {t} out?{e}",
        ),
        "praise": (
            "this {t} is {a} great{e}",
            "thank you for the {t}, so much work{e}",
            "always supporting you{e}",
            "played it {n} times already{e}",
            "the editing got so much better{e}",
            "can't wait for the next {t}{e}",
        ),
        "news": (
            "update: the {t} is out, details in the link{e}",
            "officials say {n} people are safe{e}",
            "timeline so far, started about {n} o'clock{e}",
            "please share, hope everybody is safe{e}",
            "official reply in the {t}{e}",
        ),
        "joke": (
            "I'm dying, {w} is a comedian{e}",
            "that face in the {t} will keep me laughing for {n} days{e}",
            "hahahaha{e}",
            "already a meme{e}",
            "second {n} of the {t}, I can't{e}",
            "{w}: am I a joke to you{e}",
        ),
        "giveaway": (
            "shared and followed, pick me{e}",
            "entering for the {n}th time, fingers crossed{e}",
            "never won anything, good luck all{e}",
            "done, tagged {n} friends{e}",
        ),
        "counter": (
            "you can disagree without insults{e}",
            'someone wrote "get lost" under the {t}, that is too much{e}',
            "please do not go and attack them{e}",
            "nobody deserves to be doxxed{e}",
            "wait for the full {t} before you judge{e}",
        ),
        "criticism": (
            "the {t} is {a} below standard, please explain{e}",
            "no reply from support for {n} days{e}",
            "not as advertised, this should be refunded{e}",
            "the statement avoids the question{e}",
            "long-time customer, disappointed with the {t}{e}",
            "price went up by {n}, service went down{e}",
            "no source given, the conclusion does not hold{e}",
            "this part of the {t} is misleading, please correct it{e}",
        ),
        "scathing": (
            "the {t} is an insult to every customer{e}",
            "charging {n} for this is {a} shameful{e}",
            "a statement full of lies, who signed this off{e}",
            "worst {t} ever, somebody has to answer for it{e}",
            "{n} days of excuses and then this {t}, disgraceful{e}",
        ),
        "abuse": (
            "{w} is {a} disgusting, get lost{e}",
            "absolute trash, nobody wants {w}{e}",
            "are you stupid or what{e}",
            "worthless idiot, delete the {t}{e}",
            "shut up, moron{e}",
            "you make me sick{e}",
            "pathetic scum{e}",
            "shame on the family that raised {w}{e}",
        ),
        "mockery": (
            "oh look, playing the victim again{e}",
            "that's it? a {n} year old does better{e}",
            "give {w} an award for the acting{e}",
            "what a clown{e}",
            "wow, so brave, everybody clap{e}",
            "imagine posting this {t} and being proud{e}",
        ),
        "threat": (
            "just wait, we will get you{e}",
            "watch your back{e}",
            "post once more and see what happens{e}",
            "you have {n} days to delete it, or else{e}",
        ),
        "privacy": (
            "found it, lives at {n} Placeholder Street, go say hi{e}",
            "phone is 000-0000-00{n}, call all night{e}",
            "school and class known, message me for the {t}{e}",
            "real name and workplace are in my {t}{e}",
        ),
        "slander": (
            "heard {w} scammed {n} people, {a}{e}",
            "insiders say {w} got the job through connections{e}",
            "{w} stole every {t}, everybody knows{e}",
            "they say {w} has been to prison{e}",
        ),
        "incitement": (
            "everyone go to the comments and let {w} know{e}",
            "keep posting until {w} closes the comments{e}",
            "report them all, {n} reports and the account is gone{e}",
            "meet in the stream at {n} tonight, bring friends{e}",
            "spread this, don't let {w} get away{e}",
        ),
        "group_antagonism": (
            "fans of {w} are all the same, brainless{e}",
            "people from that place are {a} like this{e}",
            "not one good person in that fandom{e}",
            "typical for that crowd, low class{e}",
        ),
    }
)
RALLY_ZH: Final = (
    "大家一起去 @{name} 的评论区,不道歉不停,一人一条,转发扩散 {tag}",
    "都来看看 @{name} 干的好事,姐妹们冲,刷到关评论为止 {tag}",
    "集合了,今晚一起去 @{name} 那里讨个说法,带上 {tag}",
    "@{name} 这种人也配火?兄弟们举报加私信,别让TA跑了 {tag}",
)
RALLY_EN: Final = (
    "everyone go to @{name}'s comments now and don't stop until they answer, spread this {tag}",
    "look what @{name} did, let's flood every post, bring friends {tag}",
    "report and message @{name} tonight, don't let them get away {tag}",
)
COPY_ZH: Final = (
    "@{name} 人品低劣,骗子一个,建议全网封杀,请大家看清真面目",
    "强烈抵制 @{name},恶心的嘴脸藏不住了,滚出平台",
    "@{name} 欺骗大众多年,垃圾不配有粉丝,谁洗谁同罪",
)
COPY_EN: Final = (
    "@{name} is a liar and a fraud, remove this trash from the platform",
    "boycott @{name}, disgusting behaviour, everyone should see the real face",
)
CHEER_ZH: Final = ("@{name} 未来可期,一路同行,新作大卖", "为 @{name} 打榜,今日数据已做,大家继续加油")
CHEER_EN: Final = ("@{name} best of the best, stream the new single", "voting for @{name} every day, keep going")
PRIZE_ZH: Final = (
    "关注 @{name} 并转发本条,抽 {n} 位送周边,许愿",
    "转发 @{name} 抽奖微博,好运连连,蹲一个中奖",
    "参与 @{name} 的活动,锦鲤附体,抽我",
)
PRIZE_EN: Final = ("follow @{name} and share to win {n} prizes, good luck all", "entering the @{name} giveaway, pick me please")
MEME_ZH: Final = ("@{name} 名场面,建议全文背诵", "全网都在学 @{name},我先笑为敬")
MEME_EN: Final = ("the @{name} moment, frame it", "everybody is doing the @{name} now")
HOMOPHONES: Final[Mapping[str, str]] = MappingProxyType(
    {"垃圾": "拉圾", "傻子": "沙子", "滚": "gun", "贱人": "jian人", "废物": "废wu", "恶心": "e心", "死": "4", "骗": "骈"}
)
