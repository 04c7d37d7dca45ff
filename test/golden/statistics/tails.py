"""Tails of the normal and of Student's distribution with their inverses, to 50 digits and at any distance from 0."""

from functools import lru_cache

import mpmath as mp
from scipy import stats

from cases import case, check, exact

mp.mp.dps = 60


def normal_tail(z):
    """P(Z > z): the complementary error function (DLMF 7.2.2)."""
    return mp.erfc(z / mp.sqrt(2)) / 2


def ln_normal_tail(z):
    """ln P(Z > z), which is as near 0 as the other tail is small."""
    return mp.log(normal_tail(z)) if z >= 0 else mp.log1p(-normal_tail(-z))


@lru_cache(maxsize=None)
def normal_quantile(tail):
    """The z with P(Z > z) = tail, by Newton's method on ln P from SciPy's value."""
    z = mp.mpf(float(stats.norm.isf(float(tail))))
    for _ in range(8):
        upper = normal_tail(z)
        z += (mp.log(upper) - mp.log(tail)) * upper / mp.npdf(z)
    return z


def digits_lost(t, df):
    """Decimal digits that 1/2 - P(0 < T < t) cancels."""
    return int((df + 1) / 2 * mp.log1p(t * t / df) / mp.log(10)) + 5


def student_tail(t, df):
    """
    P(T > t) by two power series with positive terms: of the incomplete beta function in x = df / (df + t^2) (DLMF 8.17.8)
    where x < 1/2, and of P(0 < T < t) in 1 - x, subtracted from 1/2 with as many more digits as that cancels, elsewhere.
    """
    if t < 0:
        return 1 - student_tail(-t, df)
    if t == 0:
        return mp.mpf(1) / 2
    t, df = mp.mpf(t), mp.mpf(df)
    with mp.workdps(mp.mp.dps + digits_lost(t, df)):
        a, x, y = df / 2, df / (df + t * t), t * t / (df + t * t)
        front = mp.exp(a * mp.log(x) + mp.log(y) / 2 + mp.loggamma(a + 0.5) - mp.loggamma(a) - mp.loggamma(mp.mpf(1) / 2))
        if x < 0.5:
            # I_x(a, 1/2) / 2
            return front / a * series(lambda k: x * (a + 0.5 + k) / (a + 1 + k)) / 2
        # 1/2 - I_y(1/2, a) / 2
        return mp.mpf(1) / 2 - front * series(lambda k: y * (a + 0.5 + k) / (1.5 + k))


def series(ratio):
    """1 + r(0) + r(0) r(1) + ..., to the working precision."""
    total = term = mp.mpf(1)
    k = 0
    while term > mp.eps * total * 1e-3:
        term *= ratio(k)
        total += term
        k += 1
    return total


def student_density(t, df):
    """Density of Student's t."""
    return mp.exp(
        mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2 - (df + 1) / 2 * mp.log1p(t * t / df)
    )


@lru_cache(maxsize=None)
def student_quantile(tail, df):
    """The t with P(T > t) = tail, by Newton's method on ln P from SciPy's value."""
    if tail == 0.5:
        return mp.mpf(0)
    t = mp.mpf(float(stats.t.isf(float(tail), float(df))))
    df = mp.mpf(df)
    step = mp.mpf(1)
    while abs(step) > mp.mpf(10) ** -45 * (1 + abs(t)):
        upper = student_tail(t, df)
        step = (mp.log(upper) - mp.log(tail)) * upper / student_density(t, df)
        t += step
    return t


def cases():
    for z in [-37, -10, -5, -1, -1e-3, 0, 1e-9, 0.5, 1.96, 5, 8.3, 20, 35.9, 36.1, 38, 40, 100, 1e4]:
        ln_tail = ln_normal_tail(exact(z))
        check(ln_tail, stats.norm.logsf(z), 1e-9)
        yield case('lnNormalTail', {'z': z}, {'ln': ln_tail})
    for tail in [0.5, 0.4999, 0.3, 0.05, 0.025, 1e-3, 1e-10, 1e-50, 1e-100, 1e-300, 0.7, 0.975, 0.999, 1 - 1e-12]:
        yield case('normalQuantile', {'tail': tail}, {'quantile': normal_quantile(exact(tail)) if tail != 0.5 else 0})
    for df in [1, 1.5, 2, 5.3, 30, 1e3, 1e6, 1e9, 1e12]:
        for t in [-3, -0.1, 0, 1e-6, 0.5, 2, 6, 20, 40]:
            tail = student_tail(exact(t), exact(df))
            check(tail, stats.t.sf(t, df), 1e-7)
            yield case('lnStudentTail', {'t': t, 'df': df}, {'ln': mp.log(tail)})
        for tail in [0.7, 0.4, 0.025, 1e-4, 1e-8]:
            quantile = student_quantile(exact(tail), exact(df))
            check(quantile, stats.t.isf(tail, df), 1e-7)
            yield case('studentQuantile', {'tail': tail, 'df': df}, {'quantile': quantile})
