"""What `kiosk check` says, in Chinese and in English: what is wrong and what to do.

`{detail}` is the path, number or error text that the finding is about.
"""

from collections.abc import Mapping

WORDS: dict[str, tuple[str, str]] = {
    "config.file": ("{detail} 没有错误", "{detail} has no mistakes"),
    "config.none": (
        "没有配置文件，全部用默认值",
        "there is no file; every key stands at its default",
    ),
    "config.wrong": ("{detail}。请改正后重试", "{detail}. Mend it and check again"),
    "state.missing": (
        "{detail} 还不存在，第一次运行时会建立",
        "{detail} does not exist yet; the first run makes it",
    ),
    "keys.alone": (
        "没有设置中心，本机不需要绑定",
        "no central is set, so nothing has to bind this kiosk",
    ),
    "keys.bound": ("已绑定，本机编号 {detail}", "bound; this kiosk is {detail}"),
    "keys.no_bundle": (
        "还没有绑定到中心：在中心执行 kiosk central device add，把得到的文件放到 {detail}",
        "not bound to central: run `kiosk central device add` there and put what it makes "
        "into {detail}",
    ),
    "keys.no_key": (
        "缺少本机密钥 {detail}：执行 kiosk pass keygen，或启动一次 kiosk run",
        "the key of this kiosk is missing, {detail}: run `kiosk run` once",
    ),
    "keys.unreadable": (
        "读不了 {detail}：请检查文件和权限",
        "cannot read {detail}: look at the file and who may read it",
    ),
    "keys.open": (
        "别人也能读 {detail}：chmod 600",
        "others may read {detail}: run chmod 600 on it",
    ),
    "keys.other": (
        "绑定文件是给另一台机器的（{detail}）：请重新绑定",
        "the bundle was made for another kiosk ({detail}): bind this one again",
    ),
    "trust.ok": ("签发者名单：{detail}", "list of issuers: {detail}"),
    "trust.missing": (
        "没有签发者名单 {detail}，任何出入证都不会被接受：请绑定到中心，或放入名单和 root.pub",
        "no list of issuers at {detail}, so no pass is accepted: bind to central, or put the "
        "list and root.pub there",
    ),
    "trust.wrong": (
        "签发者名单不能用（{detail}）：请从中心或签发处重新取得",
        "the list of issuers does not hold ({detail}): fetch it again from central or from "
        "whoever issues passes",
    ),
    "revoked.ok": (
        "作废的出入证和名单时间：{detail}",
        "passes withdrawn, and the age of the list: {detail}",
    ),
    "revoked.alone": ("没有中心，不能作废出入证", "without central no pass can be withdrawn"),
    "revoked.none": (
        "还没有作废名单：接通中心后会自动收到",
        "no list of withdrawn passes yet: it comes when central is reached",
    ),
    "revoked.damaged": (
        "作废名单读不了（{detail}）：接通中心后会重新收到",
        "the list of withdrawn passes is damaged ({detail}): it comes again when central is "
        "reached",
    ),
    "revoked.stale": (
        "作废名单太旧（{detail}），可能漏掉新作废的：请检查到中心的网络",
        "the list of withdrawn passes is old ({detail}) and may miss some: look at the network "
        "to central",
    ),
    "disk.ok": ("剩余 {detail} MB", "{detail} MB free"),
    "disk.low": (
        "只剩 {detail} MB：请尽快腾出空间",
        "only {detail} MB free: make room soon",
    ),
    "disk.full": (
        "只剩 {detail} MB，写不下登记，闸机不会开：请马上腾出空间",
        "only {detail} MB free: entries cannot be kept and the gate stays shut; make room now",
    ),
    "disk.readonly": (
        "{detail} 不能写：请检查磁盘和权限",
        "{detail} cannot be written: look at the disk and who may write there",
    ),
    "swap.off": ("没有启用交换空间", "is off"),
    "swap.memory": ("只在内存里", "is in memory alone"),
    "swap.on": (
        "{detail} 会把内存写到磁盘，填写的个人信息可能留在上面：请关闭（swapoff -a）",
        "{detail} puts memory onto a disk, and with it what visitors told: turn swap off "
        "(swapoff -a, and its line in /etc/fstab or its service)",
    ),
    "clock.signed": ("{detail} 前由中心校准", "{detail} since central set it"),
    "clock.kernel": ("{detail} 前与时间源核对", "{detail} since the network confirmed it"),
    "clock.chip": (
        "{detail} 前时钟芯片核对无误，靠它走时",
        "{detail} since the clock chip was seen right; it keeps the time",
    ),
    "clock.old": (
        "{detail} 前时钟芯片核对无误，可能已差几分钟：请联网一次",
        "{detail} since the clock chip was seen right: it may be minutes off; bring it on line "
        "once",
    ),
    "clock.never": (
        "{detail}，时钟芯片还没核对过，可能不准：请联网一次",
        "{detail}, by a clock chip that nobody saw right yet: bring it on line once",
    ),
    "clock.no_chip": (
        "{detail}，未确认：联网后会校准；装时钟芯片（如 DS3231）断电也不丢时间",
        "{detail}, not confirmed: the network sets it; a clock chip (such as a DS3231) would "
        "keep it over a power cut",
    ),
    "clock.chip_wrong": (
        "{detail}，时钟芯片的时间不可信：联网后会校准，并请检查芯片的电池",
        "{detail}, and the clock chip cannot be right: the network sets it; look at its cell",
    ),
    "clock.early": (
        "系统时间 {detail} 早于本软件发布日期：请设置时间",
        "the system's clock says {detail}, earlier than this release: set it",
    ),
    "camera.ok": ("{detail}", "{detail}"),
    "camera.missing": (
        "没有 {detail}：请插好摄像头，或改 camera.source",
        "{detail} is not there: plug the camera in, or set camera.source",
    ),
    "camera.denied": (
        "没有权限打开 {detail}：把用户加入 video 组",
        "may not open {detail}: put this user into the group video",
    ),
    "camera.url": (
        "{detail} 不是可用的地址：要 http:// 或 rtsp:// 加主机名",
        "{detail} is no address of a stream: it takes http:// or rtsp:// and a host",
    ),
    "thermometer.ok": ("{detail}", "{detail}"),
    "thermometer.none": (
        "没有配置测温仪：每个人都转人工",
        "none is configured: everybody is referred to staff",
    ),
    "thermometer.missing": (
        "没有 {detail}：请插好测温仪，或改 thermometer.port",
        "{detail} is not there: plug the thermometer in, or set thermometer.port",
    ),
    "thermometer.denied": (
        "没有权限打开 {detail}：把运行 kiosk 的用户加入 dialout 组，再重新登录",
        "may not open {detail}: put the kiosk's user into the group dialout and log in again",
    ),
    "thermometer.failed": (
        "打不开 {detail}：请检查接线，拔下重插",
        "does not open: {detail}; look at the wiring, unplug it and plug it in again",
    ),
    "thermometer.busy": (
        "{detail} 正被别的程序使用：如果是正在运行的 kiosk 就没问题，否则请停掉那个程序",
        "{detail} is in use: all is well if that is the running kiosk, else stop that program",
    ),
    "thermometer.shared": (
        "{detail} 还有别的程序在读，测温数据会损坏：请停掉那个程序",
        "{detail} is read by another program too, which damages what comes: stop that program",
    ),
    "thermometer.no_line": (
        "{detail} 不是串口：请改 thermometer.port",
        "{detail} is no serial line: set thermometer.port",
    ),
    "thermometer.folder": (
        "{detail} 是文件夹，不是串口：请在 thermometer.port 写出其中的设备",
        "{detail} is a folder, not a serial line: set thermometer.port to the device in it",
    ),
    "thermometer.unstable_path": (
        "{detail} 重新插拔后可能换号：请在 thermometer.port 改用 /dev/serial/by-id 下的名字",
        "{detail} may get another number when it is plugged in again: set thermometer.port to "
        "its name under /dev/serial/by-id",
    ),
    "calibration.ok": ("{detail} 到期", "{detail} is its last day"),
    "calibration.soon": (
        "{detail} 到期，不到 30 天：请安排校准（kiosk calibrate）",
        "{detail} is its last day, within 30 days: arrange the next one (kiosk calibrate)",
    ),
    "calibration.expired": (
        "已过期（{detail}），测温不算数，改为手工测温：请重新校准（kiosk calibrate）",
        "has expired ({detail}), so no reading counts and staff take temperatures: calibrate "
        "again (kiosk calibrate)",
    ),
    "calibration.missing": (
        "没有校准文件 {detail}，测温不算数，改为手工测温：执行 kiosk calibrate",
        "there is none at {detail}, so no reading counts and staff take temperatures: run "
        "`kiosk calibrate`",
    ),
    "calibration.damaged": (
        "不能用（{detail}）：请重新校准（kiosk calibrate）",
        "does not hold ({detail})",
    ),
    "calibration.no_people": (
        "{detail} 只校准了传感器，测温不算数：再执行 kiosk calibrate people",
        "{detail} is of the sensor alone, so no reading counts: run `kiosk calibrate people`",
    ),
    "calibration.drifted": (
        "读数走偏（{detail}），改为手工测温：擦净镜头并重新校准，或 kiosk calibrate release",
        "the thermometer drifts ({detail}), so staff take temperatures: clean its window and "
        "calibrate again, or end it with `kiosk calibrate release`",
    ),
    "calibration.unneeded": ("没有测温仪，不需要校准", "there is no thermometer to calibrate"),
    "gate.ok": ("{detail}", "{detail}"),
    "gate.none": (
        "没有配置闸机（gate.pins: none）：只记录，不开闸",
        "none is configured (gate.pins: none): entries are kept, nothing opens",
    ),
    "gate.no_chip": (
        "没有 GPIO（{detail}）：这台机器上请设 gate.pins: none",
        "there are no GPIO lines ({detail}): on this machine set gate.pins: none",
    ),
    "gate.denied": (
        "没有权限打开 {detail}：把用户加入 gpio 组",
        "may not open {detail}: put this user into the group gpio",
    ),
    "gate.no_library": (
        "缺少 lgpio：Debian 12 用 pip install 'gate-kiosk[pi]'，"
        "13 用 apt install python3-lgpio",
        "lgpio is missing: pip install 'gate-kiosk[pi]' on Debian 12, apt install "
        "python3-lgpio on 13",
    ),
    "readers.ok": ("{detail}", "{detail}"),
    "readers.no_zbar": (
        "没有 libzbar，磨损的码读得少一些：apt install libzbar0",
        "libzbar is missing, so fewer worn codes are read: apt install libzbar0",
    ),
    "readers.no_zxing": (
        "没有 zxing-cpp，读码慢很多：pip install zxing-cpp",
        "zxing-cpp is missing, so codes are read much more slowly: pip install zxing-cpp",
    ),
    "readers.none": (
        "没有能用的读码库（camera.reader: {detail}）：apt install libzbar0，"
        "或 pip install zxing-cpp",
        "nothing can read codes (camera.reader: {detail}): apt install libzbar0, or "
        "pip install zxing-cpp",
    ),
    "voice.ok": (
        "{detail} 句为真人录音，其余由机器合成",
        "{detail} sentences recorded by people, the others rendered",
    ),
    "voice.recorded": ("{detail} 句都是真人录音", "{detail} sentences, all recorded by people"),
    "voice.off": ("已关闭，只有提示音", "is off, tones alone"),
    "voice.none": (
        "没有 espeak-ng，{detail} 句有录音，其余只有提示音：apt install espeak-ng，"
        "或 kiosk voice record",
        "there is no espeak-ng, and {detail} sentences are recorded; the others are tones "
        "alone: apt install espeak-ng, or kiosk voice record",
    ),
    "voice.ill": (
        "说不出话（{detail}）：请重装 espeak-ng",
        "cannot speak ({detail}): install espeak-ng anew",
    ),
    "voice.recording": (
        "录音不能用（{detail}）：用 kiosk voice record 重录，或删掉",
        "recordings that do not serve ({detail}): record them again with kiosk voice record, "
        "or delete them",
    ),
    "central.alone": ("没有设置，本机单独工作", "none is set; this gate works alone"),
    "central.ok": ("{detail} 连得上", "{detail} answers"),
    "central.away": (
        "连不上 {detail}：闸机照常工作，登记先存本机；请检查网络和地址",
        "cannot reach {detail}: the gate works on and entries wait here; look at the network "
        "and at central.url",
    ),
    "tablets.closed": ("没有对平板开放", "closed to tablets"),
    "tablets.open": ("在 {detail} 对平板开放", "open to tablets at {detail}"),
    "tablets.no_address": (
        "本机没有地址 {detail}，平板连不上：请把 lan.address 改成本机的地址，并在路由器里固定",
        "this machine has no address {detail}, so no tablet gets in: set lan.address to its "
        "own on the local network, and let the router keep it",
    ),
    "tablets.certificate": (
        "lan.certificate 或 lan.key 不能用（{detail}）：请检查文件，或两项都去掉",
        "lan.certificate or lan.key will not do ({detail}): look at the files, or leave both "
        "out",
    ),
    "tablets.damaged": (
        "平板名单读不了（{detail}）：删掉它，再配对一次",
        "the list of tablets cannot be read ({detail}): delete it and let them in again",
    ),
    "central.certificate": (
        "{detail}：对方的证书不可信，登记送不出去：请检查地址和时钟；"
        "证书是自己签的，请填 central.ca_file",
        "{detail}: the certificate there is not to be believed, so no entry goes out: look at "
        "the address and the clock; if the certificate is your own, set central.ca_file",
    ),
    "central.ca": (
        "读不了证书 {detail}：请检查 central.ca_file",
        "cannot read the certificate {detail}: look at central.ca_file",
    ),
}

PARTS: dict[str, tuple[str, str]] = {
    "config": ("配置", "config"),
    "keys": ("密钥", "keys"),
    "trust": ("名单", "trust list"),
    "revoked": ("作废名单", "revoked"),
    "journal": ("登记", "journal"),
    "register": ("住户", "register"),
    "disk": ("磁盘", "disk"),
    "swap": ("交换空间", "swap"),
    "clock": ("时钟", "clock"),
    "camera": ("摄像头", "camera"),
    "readers": ("读码", "readers"),
    "thermometer": ("测温仪", "thermometer"),
    "calibration": ("校准", "calibration"),
    "gate": ("闸机", "gate"),
    "tablets": ("平板", "tablets"),
    "voice": ("语音", "speech"),
    "central": ("中心", "central"),
}

STATES = {"ok": ("正常", "ok"), "warn": ("注意", "warn"), "wrong": ("错误", "wrong")}


def speaks_chinese(environ: Mapping[str, str]) -> bool:
    """Return whether the locale in the environment is a Chinese one."""
    names = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((n for n in names if n), "").lower().startswith("zh")


def say(code: str, detail: str, *, in_chinese: bool) -> str:
    """Return the sentence of a finding."""
    chinese, english = WORDS[code]
    return (chinese if in_chinese else english).replace("{detail}", detail)
