"""The words of the desk that stand for what is kept, Chinese first."""

KINDS = {
    "RESIDENT": ("居民出入证", "resident"),
    "PHONE": ("手机出入证", "phone"),
    "STAFF": ("工作证", "duty card"),
    "VISITOR": ("访客证", "visitor"),
}
ORDERS = {
    "waiting": ("待第二人同意", "waits for a second person"),
    "ready": ("可以制作", "ready to make"),
    "made": ("已制作", "made"),
    "refused": ("已取消", "let go"),
}
PASSES = {
    "valid": ("有效", "counts"),
    "ended": ("已到期", "has ended"),
    "revoked": ("已作废", "revoked"),
    "early": ("未到日期", "not yet"),
}
SIZES = {
    "sheet": ("普通卡（A4 每页十张）", "cards, ten on A4"),
    "large": ("大字卡（A5 一张）", "one large card on A5"),
}
ODD = {
    "W_TWO_GATES": ("短时间内出现在两个门", "at two gates within a walk"),
    "often": ("一天进门超过六次", "more than six entries in a day"),
    "flagged": ("一周内两次被提示", "flagged twice in a week"),
}
DEEDS = {
    "sign in": ("登录", "signed in"),
    "sign out": ("退出", "signed out"),
    "sign in refused": ("密码错误", "wrong password"),
    "let in": ("开通账号", "let in at the desk"),
    "keep out": ("停用账号", "kept out of the desk"),
    "ask": ("申请制证", "asked for passes"),
    "agree": ("同意制证", "agreed as the second person"),
    "refuse": ("取消申请", "let an order go"),
    "issue": ("发证", "issued"),
    "reissue": ("补证", "reissued"),
    "face": ("存入照片", "put a photograph to a pass"),
    "stock": ("制作空白卡", "made blank cards"),
    "revoke": ("作废", "revoked"),
    "revoke stock": ("作废空白卡", "revoked blank cards"),
    "restore": ("恢复", "restored"),
    "invite": ("邀请手机", "invited a phone"),
    "block device": ("停用门岗", "blocked a kiosk"),
    "unblock device": ("恢复门岗", "took a kiosk in again"),
    "office key": ("更换办公室密钥", "handed out the office's key"),
    "directory": ("更新查找目录", "handed out the look-up directory"),
    "publish notice": ("发通知", "announced to everybody"),
    "end notice": ("结束通知", "ended an announcement"),
    "open slot": ("准备门岗", "opened a place for a kiosk"),
    "release": ("重新采信门岗", "took a kiosk's reports again"),
    "approve": ("批准门岗", "approved a kiosk"),
    "add device": ("登记门岗", "let a kiosk report"),
    "trust": ("更新签发者名单", "handed out a list of issuers"),
    "refuse kiosk": ("拒绝门岗", "refused a kiosk"),
    "roster": ("导入值班表", "imported the roster"),
    "add shift": ("加班次", "added a shift"),
    "remove shift": ("删除班次", "removed a shift"),
    "gate hours": ("设定开门时间", "said when a gate is open"),
    "allow": ("发布旧密钥的有效证清单", "kept passes of a burnt key in force"),
    "register": ("导入住户登记", "imported the register"),
    "rules_publish": ("发布小区规定", "published rules"),
    "isolate": ("居家隔离", "ordered isolation"),
    "confirm": ("确认隔离", "confirmed isolation"),
    "lift": ("解除隔离", "lifted isolation"),
    "exempt": ("准许出入", "gave a permission"),
    "announce": ("预约访客", "announced a visitor"),
    "confirm card": ("确认借出的卡", "confirmed a lent card"),
    "cancel card": ("收回借出的卡", "took a lent card back"),
    "case answered": ("接手事件", "answered a case"),
    "case noted": ("记了一笔", "noted something of a case"),
    "case closed": ("办结事件", "closed a case"),
    "add contact": ("登记联系人", "put somebody on the list of calls"),
    "remove contact": ("去掉联系人", "took somebody off the list of calls"),
    "set webhook": ("设置通知地址", "set where calls go"),
    "drop webhook": ("取消通知地址", "calls go nowhere any more"),
}
PERMITS = {  # core.words_home.ExemptionKind
    "work": ("上班", "to work"),
    "medical": ("就医（隔离中也可出门）", "to the doctor, under isolation too"),
    "caring": ("照顾他人", "to care for somebody"),
}
CASES = {
    "fever": ("体温需要复核", "a temperature is to be checked"),
    "incident": ("门岗呼叫负责人", "a gate calls the coordinator"),
}
CASE_ACTS = {
    "measured": ("门岗：体温需要复核", "at the gate: a temperature is to be checked"),
    "called": ("门岗：呼叫负责人", "at the gate: called the coordinator"),
    "again": ("门岗：又叫了一次", "at the gate: called again"),
    "withdrawn": ("门岗：说按错了", "at the gate: said it was a mistake"),
    "closed": ("办结", "closed"),
    "answered": ("接手", "answered"),
    "noted": ("记录", "noted"),
}
OUTCOMES = {
    "normal": ("复测正常", "normal when measured again"),
    "hospital": ("已送发热门诊", "taken to the fever clinic"),
    "home": ("回家观察，已登记", "watched at home, written down"),
    "settled": ("已当面处理好", "settled in person"),
    "police": ("已报警", "the police were called"),
    "mistake": ("误触，已核实", "a mistake, made sure of"),
    "other": ("其他（请写明）", "other: please write"),
}
OUTCOMES_OF = {
    "fever": ("normal", "hospital", "home", "other"),
    "incident": ("settled", "police", "mistake", "other"),
}
