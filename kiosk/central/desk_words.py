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
    "stock": ("制作空白卡", "made blank cards"),
    "revoke": ("作废", "revoked"),
    "revoke stock": ("作废空白卡", "revoked blank cards"),
    "restore": ("恢复", "restored"),
    "invite": ("邀请手机", "invited a phone"),
    "block device": ("停用门岗", "blocked a kiosk"),
    "unblock device": ("恢复门岗", "took a kiosk in again"),
    "office key": ("更换办公室密钥", "handed out the office's key"),
    "directory": ("更新查找目录", "handed out the look-up directory"),
    "open slot": ("准备门岗", "opened a place for a kiosk"),
    "release": ("重新采信门岗", "took a kiosk's reports again"),
    "approve": ("批准门岗", "approved a kiosk"),
    "refuse kiosk": ("拒绝门岗", "refused a kiosk"),
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
}
