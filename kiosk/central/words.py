"""The words on central's page, Chinese first. Keys are the wire's own values."""

DECISIONS = {
    "granted": ("放行", "let through"),
    "referred": ("转人工", "sent to staff"),
    "denied": ("未放行", "not let through"),
}
REASONS = {
    "elevated": ("体温偏高", "temperature is high"),
    "borderline": ("体温接近上限", "near the line"),
    "inconsistent": ("两次体温不一致", "two readings differ"),
    "cold_skin": ("额头太凉，未测到", "forehead too cold, not measured"),
    "too_cold": ("天冷，不能测", "too cold to measure"),
    "no_valid_reading": ("未测到体温", "no temperature"),
    "thermometer": ("测温仪故障", "thermometer out of order"),
    "interrupted": ("被后面的人打断", "interrupted by the next person"),
    "clock": ("时间不确定", "time not sure"),
    "storage": ("存储故障", "storage"),
    "held": ("同事请稍等", "held by staff"),
    "E_EXPIRED": ("通行证过期", "pass has ended"),
    "E_NOT_YET": ("通行证未到日期", "pass not valid yet"),
    "E_REVOKED": ("通行证已作废", "pass was withdrawn"),
    "E_SIG": ("签名不符", "signature does not match"),
    "E_KID": ("不认识的签发者", "unknown issuer"),
}
REFUSALS = {
    "E_ENTRY": ("内容读不懂，未采信", "cannot be read, not believed"),
    "E_LOG_CHAIN": ("与记录链不符，未采信", "does not fit the chain, not believed"),
}
DIRECTIONS = {"in": ("进", "in"), "out": ("出", "out")}
CLOCKS = {
    0: ("准", "right"),
    1: ("守时", "kept since the last good one"),
    2: ("不确定", "not sure"),
}
QUALITIES = {  # times.Quality; of an exact time there is nothing to say
    "corrected": ("已校正", "corrected"),
    "bounded": ("约", "about"),
    "unknown": ("时间不确定", "not sure"),
}


def say(words: dict[str, tuple[str, str]], key: str | None) -> tuple[str, str]:
    """Return (Chinese, English) of a wire value; an unknown one stands for itself."""
    return ("", "") if key is None else words.get(key, (key, ""))
