"""What `kiosk voice` says of recordings, in Chinese and English: why one is not taken."""

from kiosk.screen.speech_wav import RATE_HZ_MIN, SECONDS_MAX

WHY_NOT: dict[str, tuple[str, str]] = {
    "format": (
        f"不是能用的 WAV：请存成 16 位、单声道、{RATE_HZ_MIN // 1000} kHz 以上的 PCM 录音",
        "no WAV that serves: save it as PCM, 16 bits, one channel, "
        f"{RATE_HZ_MIN // 1000} kHz or more",
    ),
    "cut_off": (
        "文件不完整，没有它自己说的那么长：请重新保存或复制",
        "the file is shorter than it says itself: save or copy it again",
    ),
    "large": (
        "文件太大：只录这一句话",
        "the file is too large: record this one sentence alone",
    ),
    "silent": (
        "没有听到声音：请靠近话筒，看看录音音量",
        "nothing is heard: come closer to the microphone, and look at its level",
    ),
    "clipped": (
        "声音太大，破音了：离话筒远一点，或把录音音量调低",
        "it is too loud and breaks up: step back from the microphone, or turn it down",
    ),
    "long": (
        f"超过 {SECONDS_MAX:.0f} 秒：说得短一点、快一点",
        f"longer than {SECONDS_MAX:.0f} seconds: say it in fewer words, or faster",
    ),
    "unreadable": ("读不了这个文件", "the file cannot be read"),
    "no_microphone": (
        "没有录音程序或话筒：装 alsa-utils，或用 --from 给出录好的 WAV",
        "there is no recorder or microphone: install alsa-utils, or give a WAV with --from",
    ),
    "no_player": (
        "没有播放程序或喇叭：装 alsa-utils；文件在 {detail}",
        "there is no player or loudspeaker: install alsa-utils; the file is {detail}",
    ),
    "no_engine": (
        "没有 espeak-ng，只有提示音：apt install espeak-ng，或录下这些句子",
        "there is no espeak-ng, so tones alone: apt install espeak-ng, or record the sentences",
    ),
    "not_kept": ("写不下：{detail}", "cannot be kept: {detail}"),
    "not_rendered": ("没有合成出来：{detail}", "was not rendered: {detail}"),
}
SOURCES = {
    "recorded": ("真人录音", "recorded"),
    "rendered": ("机器合成", "rendered"),
    "none": ("没有", "none"),
}


def why_not(key: str, detail: str = "") -> str:
    """Return a sentence in both languages; an unknown key stands for itself."""
    chinese, english = WHY_NOT.get(key, (key, key))
    return f"{chinese} / {english}".replace("{detail}", detail)
