"""One look at more than the difference of means: limits, lifts over a doubtful control, two proportions."""

import mpmath as mp

from cases import case, exact, none, probability
from fixed import ALTERNATIVES, t_test, welch_df
from tails import normal_quantile, normal_tail, student_quantile


def against(value, error, df, limit, alternative):
    """A one-sided test of value - limit."""
    return t_test(value - limit, error, df, 0.05, alternative)['lnP']


def equivalence(value, error, df, low, high, alpha):
    """Two one-sided tests (Schuirmann 1987): the greater p, and the interval of 1 - 2 alpha."""
    ln_p = max(against(value, error, df, low, 'greater'), against(value, error, df, high, 'less'))
    return {**probability(ln_p), 'ci': t_test(value, error, df, 2 * exact(alpha), 'two-sided')['ci']}


def non_inferiority(value, error, df, margin, alpha, better):
    """A one-sided test against the margin on the worse side (Wellek 2010, section 2.1)."""
    limit = -margin if better == 'greater' else margin
    return {
        'effect': value,
        **probability(against(value, error, df, limit, better)),
        'ci': t_test(value, error, df, alpha, better)['ci'],
    }


def fieller(control, treatment, alpha):
    """Roots of (T - r C)^2 = q^2 (var T + r^2 var C) where C is significant (Fieller 1954), r = 1 + lift for C > 0."""
    (c, v), (t, w) = [(exact(b['value']), exact(b['variance'])) for b in (control, treatment)]
    df = welch_df((c, v, exact(control['df'])), (t, w, exact(treatment['df'])))
    p = t_test(t - c, mp.sqrt(v + w), df, alpha, 'two-sided')
    q2 = student_quantile(exact(alpha) / 2, df) ** 2
    a, b, d = c**2 - q2 * v, -t * c, t**2 - q2 * w
    expected = {'effect': (t - c) / abs(c), **{k: p[k] for k in ('lnP', 'pValue') if k in p}}
    if a <= 0:
        return {**expected, 'ci': [-mp.inf, mp.inf]}
    root = mp.sqrt(b * b - a * d)
    sign = 1 if c > 0 else -1
    return {**expected, 'ci': sorted(sign * ((-b + s * root) / a - 1) for s in (-1, 1))}


def decreasing_root(f, low, high, halvings):
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return (low + high) / 2


def score(control, treatment, delta):
    """Squared score statistic at a difference, the shares likeliest under it (Miettinen and Nurminen 1985, eq. 8 and 9)."""
    (n, k), (m, l) = control, treatment
    slope = lambda p: sum(
        (a / x if a else 0) for a, x in ((k, p), (l, p + delta))
    ) - sum((a / x if a else 0) for a, x in ((n - k, 1 - p), (m - l, 1 - p - delta)))
    p = decreasing_root(slope, max(mp.mpf(0), -delta), min(mp.mpf(1), 1 - delta), 110)
    variance = (p * (1 - p) / n + (p + delta) * (1 - p - delta) / m) * (n + m) / (n + m - 1)
    apart = l / m - k / n - delta
    return apart**2 / variance if variance > 0 else mp.inf if apart else mp.mpf(0)


def two_proportions(control, treatment, alpha, alternative):
    """Test of no difference, and all differences that the score test does not reject."""
    with mp.workdps(30):
        arms = [(exact(b['n']), exact(b['successes'])) for b in (control, treatment)]
        observed = arms[1][1] / arms[1][0] - arms[0][1] / arms[0][0]
        sides = 2 if alternative == 'two-sided' else 1
        threshold = normal_quantile(exact(alpha) / sides) ** 2
        end = lambda limit: observed + (limit - observed) * decreasing_root(
            lambda x: threshold - score(*arms, observed + (limit - observed) * x), mp.mpf(0), mp.mpf(1), 75
        )
        pooled = sum(k for _, k in arms) / sum(n for n, _ in arms)
        total = sum(n for n, _ in arms)
        error = mp.sqrt(pooled * (1 - pooled) * sum(1 / n for n, _ in arms) * total / (total - 1))
        z = observed / error if error else mp.mpf(0)
        tail = normal_tail({'two-sided': abs(z), 'greater': z, 'less': -z}[alternative]) * sides
        low = -mp.inf if alternative == 'less' else end(mp.mpf(-1))
        high = mp.inf if alternative == 'greater' else end(mp.mpf(1))
        return {'effect': observed, **probability(mp.log(tail)), 'ci': [low, high]}


def limit_cases():
    for i, (z, error, df) in enumerate([(0, 1.0, 30), (1.0, 0.02, 3.5), (-15, 1e-7, 1e6), (3, 250.0, 1e12), (0.2, 1.0, mp.inf)]):
        effect = {'value': z * error, 'standardError': error, **({} if mp.isinf(df) else {'df': df})}
        given = exact(effect['value']), exact(error), mp.mpf(df)
        for reach in 0.5, 3.0, 20.0, 40.0:
            alpha = [0.05, 0.01, 0.001][i % 3]
            limits = [-reach * error, 1.25 * reach * error]
            inputs = {'effect': effect, 'limits': limits, 'alpha': alpha}
            yield case('equivalence', inputs, equivalence(*given, *map(exact, limits), alpha))
            for better in 'greater', 'less':
                inputs = {'effect': effect, 'margin': limits[1], 'alpha': alpha, 'better': better}
                yield case('nonInferiority', inputs, non_inferiority(*given, exact(limits[1]), alpha, better))


def fieller_cases():
    for c, v, f, t, w, g in [
        (10.0, 0.25, 99, 11.0, 0.3, 120), (-4.0, 0.5, 20, -3.0, 0.4, 25), (0.1, 1e-3, 1e6, 0.5, 1e-3, 1e6),
        (1e-9, 1e-20, 1e12, 1.4e-9, 1e-20, 1e12), (2.0, 4.0, 50, 3.0, 1.0, 50), (1.0, 1e-4, 5, -1.0, 1e-2, 7),
        (1e8, 1.0, 10, 1.00000004e8, 1.0, 10), (-0.5, 1e-3, 1e3, 1.5, 1e-1, 1e3),
    ]:
        control, treatment = {'value': c, 'variance': v, 'df': f}, {'value': t, 'variance': w, 'df': g}
        for alpha in 0.05, 0.001:
            inputs = {'control': control, 'treatment': treatment, 'alpha': alpha}
            yield case('fieller', inputs, fieller(**inputs))
    zero = {'value': 0.0, 'variance': 1.0, 'df': 10}
    yield none('fieller', {'control': zero, 'treatment': {**zero, 'value': 1.0}, 'alpha': 0.05}, 'zero-baseline')


def proportion_cases():
    for i, (n, k, m, l) in enumerate([
        (10, 3, 12, 7), (50, 0, 60, 4), (100, 100, 100, 97), (20, 0, 20, 20), (1000, 11, 900, 25), (1e6, 2e5, 1e6, 201500),
        (1e9, 1e3, 1e9, 1250), (1e12, 5e11, 1e12, 500010000000), (2, 1, 2, 1), (44700, 8502, 45489, 8279),
        (100000, 50000, 100000, 54400),
    ]):
        for alternative in ALTERNATIVES:
            control, treatment = {'n': n, 'successes': k}, {'n': m, 'successes': l}
            inputs = {'control': control, 'treatment': treatment, 'alpha': [0.05, 0.01][i % 2], 'alternative': alternative}
            yield case('twoProportions', inputs, two_proportions(**inputs))


def cases():
    yield from limit_cases()
    yield from fieller_cases()
    yield from proportion_cases()
