"""Many hypotheses at once, by adjusted ln p-values."""

import mpmath as mp

from cases import case, exact
from tails import normal_quantile, normal_tail


def tested(values):
    """Places of those tested, by rising p."""
    return sorted((i for i, v in enumerate(values) if v is not None), key=lambda i: values[i])


def placed(values, adjusted):
    return [adjusted.get(i) if v is not None else None for i, v in enumerate(values)]


def holm(ln_ps):
    """The i-th least p times the number not yet rejected, made rising (Holm 1979)."""
    order, adjusted, running = tested(ln_ps), {}, -mp.inf
    for rank, i in enumerate(order):
        running = max(running, mp.mpf(ln_ps[i]) + mp.log(len(order) - rank))
        adjusted[i] = min(running, mp.mpf(0))
    return placed(ln_ps, adjusted)


def benjamini_hochberg(ln_ps):
    """The least, over it and all greater p-values, of p times their number over its rank (Benjamini and Hochberg 1995)."""
    order, adjusted, running = tested(ln_ps), {}, mp.mpf(0)
    for rank, i in reversed(list(enumerate(order))):
        running = min(running, exact(ln_ps[i]) + mp.log(mp.mpf(len(order)) / (rank + 1)))
        adjusted[i] = running
    return placed(ln_ps, adjusted)


def bonferroni(ln_ps):
    """p times their number."""
    m = len(tested(ln_ps))
    return [None if p is None else min(mp.mpf(0), exact(p) + mp.log(m)) for p in ln_ps]


def e_bh(ln_es):
    """Benjamini-Hochberg on 1 / e (Wang and Ramdas 2022, section 4.1)."""
    return benjamini_hochberg([None if e is None else -e for e in ln_es])


def agreeing_interval(effect, ln_p, alpha):
    """Effect +- z(alpha) standard errors, where a normal test with that error would have given this p."""
    z = ln_quantile(ln_p - mp.log(2))
    reach = abs(effect) / z * normal_quantile(alpha / 2)
    return [effect - reach, effect + reach]


def ln_quantile(ln_tail):
    """The z with ln P(Z > z) as given, by bisection."""
    low, high = mp.mpf(0), mp.sqrt(-2 * ln_tail) + 1
    for _ in range(190):
        middle = (low + high) / 2
        low, high = (middle, high) if mp.log(normal_tail(middle)) > ln_tail else (low, middle)
    return low


FAMILIES = [
    [-3.0],
    [-1.0, -5.0, -0.1],
    [-800.0, -2.0, None, -799.0, -3.5, -2.0],
    [-0.5, -0.5, -0.5, -0.5],
    [-4.0, -4.5, -5.0, -5.5, -6.0, -6.5, -7.0, -0.001],
    [None, -2.5, -1e-9],
    [-2.0 - 0.37 * i for i in range(40)],
]


def cases():
    for family in FAMILIES:
        inputs = {'values': family}
        yield case('holm', inputs, {'lnP': holm(family)})
        yield case('benjaminiHochberg', inputs, {'lnP': benjamini_hochberg(family)})
        yield case('bonferroni', inputs, {'lnP': bonferroni(family)})
        ln_es = [None if v is None else -v - 1 for v in family]
        yield case('eBenjaminiHochberg', {'values': ln_es}, {'lnP': e_bh(ln_es)})
    for effect, ln_p, alpha in [
        (0.3, -3.0, 0.05), (-2e-7, -0.4, 0.05), (5.0, -40.0, 0.01), (-1.0, -800.0, 0.05), (7.0, -3.2, 1e-6),
    ]:
        inputs = {'effect': effect, 'lnP': ln_p, 'alpha': alpha}
        yield case('agreeingInterval', inputs, {'ci': agreeing_interval(exact(effect), exact(ln_p), exact(alpha))})
