"""What the demo's page says about what happens, in Chinese and English."""

from kiosk.runtime.demo_steps import Place
from kiosk.screen.words import Pair

PLACES: dict[Place, Pair] = {
    Place.AWAY: ("门口没有人", "Nobody at the gate"),
    Place.COMING: ("正走过来", "Walking up"),
    Place.CAMERA: ("对着镜头出示出入证", "Showing the pass to the camera"),
    Place.THERMOMETER: ("弯下腰，让测温仪看额头", "Bending to the thermometer"),
    Place.BACK: ("先退后一步", "A step back"),
    Place.STAFF: ("请工作人员量体温", "Staff take the temperature"),
    Place.THROUGH: ("道闸开了，走进去", "The barrier is open: going through"),
    Place.ASIDE: ("到旁边等工作人员", "Stepping aside, to staff"),
}
WAITS: dict[str, Pair] = {
    "weather": (
        "正在路上：门口机每十秒才看一次外面的温度",
        "On the way: the kiosk asks its street sensor only every ten seconds",
    ),
    "owner": (
        "本人刚进去；过十几秒，另一个人拿同一个码来",
        "The owner has just gone in; in a few seconds somebody else brings the same code",
    ),
    "ignored": (
        "别处的码不打断屏幕正在说的话；等屏幕空下来再试",
        "A foreign code never interrupts what the screen says; try when it is idle",
    ),
    "volunteer": (
        "站在旁边等您：请在值守屏幕上处理",
        "Waiting at the side for you: decide at the staff page",
    ),
}
SILENT: dict[str, Pair] = {
    "kiosk": ("门口机停了，正在重新启动", "The kiosk is down and starting again"),
    "camera": ("摄像头没有送来画面", "The camera sends no picture"),
    "nobody_looks": ("没有谁在看这个画面", "Nobody is reading this stream"),
    "thermometer": ("测温仪没有发来数据", "The thermometer sends nothing"),
    "noise": ("线上来的是乱码，没有读数", "Noise on the line, no value in it"),
    "central": ("连不上中心，登记先存在门口机里", "Central is away; entries wait at the gate"),
}
BUSY: Pair = (
    "前面还有一位，请稍等，等他走完再来",
    "Somebody is at the gate; please wait until they have gone",
)
AUTO: Pair = (
    "正在自动演示，请先停下，再走到门口",
    "It is playing by itself; stop that first, then come",
)
NOT_UNDERSTOOD: Pair = ("没有看懂，请再选一次", "Not understood; please choose again")
NO_ENTRY: Pair = ("还没有登记，先让一个人来", "No entry yet; let somebody come first")
EDITED: Pair = (
    "在副本里改动了第%n%条：从这一条起，链条就接不上了",
    "Entry %n% was changed in a copy: from there on the chain no longer fits",
)
