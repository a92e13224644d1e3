"""Any rules that a community could write down."""

from hypothesis import strategies as st

from kiosk.core.rules import USUAL_ORDER, Acclimatisation, Rules, UnsureClock
from kiosk.core.rules_community import (
    Beyond,
    Hours,
    OutsideVehicles,
    Per,
    Quota,
    Returnees,
    Vehicles,
    Visitors,
    VisitorsAdmitted,
)
from kiosk.core.words import Direction
from kiosk.core.words_home import RiskClass

DAY_S = 86_400.0


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def spans(low_s: float, high_s: float) -> st.SearchStrategy[float]:
    whole = st.integers(int(low_s) + 1, int(high_s)).map(float)
    return whole | st.integers(int(low_s * 1000), int(high_s * 1000)).map(lambda n: n / 1000)


def ways() -> st.SearchStrategy[frozenset[Direction]]:
    return st.frozensets(st.sampled_from(Direction), min_size=1)


@st.composite
def hours(draw: st.DrawFn) -> tuple[Hours, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=8)))
    windows = tuple(zip(edges[::2], edges[1::2], strict=False))
    one = Hours(windows, draw(ways()), draw(st.sampled_from(Beyond)))
    return draw(st.sampled_from(((), (one,))))


def quotas() -> st.SearchStrategy[tuple[Quota, ...]]:
    one = st.builds(
        Quota,
        st.sampled_from(Per),
        st.integers(0, 99),
        st.integers(1, 31),
        st.sampled_from(Beyond),
    )
    many = st.lists(one, max_size=4, unique_by=lambda q: (q.per, q.days))
    return many.map(tuple)


@st.composite
def returnees(draw: st.DrawFn) -> Returnees:
    low, medium, high = sorted(draw(st.lists(st.integers(0, 60), min_size=3, max_size=3)))
    codes = st.from_regex(r"[1-8][0-9]{1,5}", fullmatch=True).filter(str.isascii)
    regions = draw(st.dictionaries(codes, st.sampled_from(RiskClass), max_size=5))
    unknown = draw(st.sampled_from(RiskClass))
    return Returnees(low, medium, high, tuple(sorted(regions.items())), unknown)


@st.composite
def any_rules(draw: st.DrawFn) -> Rules:
    elevated_c = draw(numbers(37.0, 38.0))
    typed_low_c = draw(numbers(35.0, 36.0))
    rounds = draw(st.integers(3, 5))
    lobby_s, twice_s = draw(spans(600, 3600)), draw(spans(60, 1800))
    names = st.text(max_size=40).filter(str.isprintable)
    return Rules(
        version=draw(st.integers(1, 2**31 - 1)),
        name=draw(names),
        from_ms=draw(st.just(0) | st.integers(1_600_000_000_000, 4_000_000_000_000)),
        order=draw(st.sampled_from(((), USUAL_ORDER))),
        elevated_c=elevated_c,
        retest_from_c=draw(numbers(36.5, elevated_c)),
        inconsistent_c=draw(numbers(0.1, 2.0)),
        rounds_max=rounds,
        misses_max=draw(st.integers(1, rounds)),
        wrist_doubt_c=draw(numbers(36.0, elevated_c)),
        typed_low_c=typed_low_c,
        contact_low_c=draw(numbers(35.0, typed_low_c)),
        reading_wait_s=draw(spans(2, 60)),
        staff_wait_s=draw(spans(10, 600)),
        cold_outdoors_c=draw(numbers(5, 25)),
        acclimatisation=draw(st.sampled_from(Acclimatisation)),
        lobby_wait_s=lobby_s,
        lobby_holds_s=lobby_s + draw(spans(1, 3600)),
        twice_apart_s=twice_s,
        twice_holds_s=twice_s + draw(spans(1, 1800)),
        twice_agree_c=draw(numbers(0.05, 0.2)),
        repeat_window_s=draw(spans(0, 600)),
        passback_s=draw(spans(0, DAY_S)),
        list_age_max_s=draw(spans(3600, 90 * DAY_S)),
        page_min_s=draw(spans(1, 10)),
        unsure_clock=draw(st.sampled_from(UnsureClock)),
        hours=draw(hours()),
        quotas=draw(quotas()),
        isolation_days=draw(st.integers(1, 60)),
        refers_unknown=draw(st.booleans()),
        refers_already_out=draw(st.booleans()),
        register_age_max_s=draw(st.none() | spans(3600, 365 * DAY_S)),
        measured=draw(st.frozensets(st.sampled_from(Direction))),
        passage_wait_s=draw(spans(1, 120)),
        visitors=Visitors(
            draw(st.sampled_from(VisitorsAdmitted)),
            draw(spans(300, 7 * DAY_S)),
            draw(st.booleans()),
            draw(spans(0, 7 * DAY_S)),
        ),
        vehicles=Vehicles(draw(st.sampled_from(OutsideVehicles)), draw(st.integers(1, 99))),
        returnees=draw(returnees()),
    )
