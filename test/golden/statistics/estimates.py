"""What a branch says of a metric, and effects that need more than two means: ratios, covariates, strata."""

import mpmath as mp

from cases import case, exact, none


def joint(n, means, deviations, correlations):
    """Joint moments as doubles, from standard deviations and the correlations of the pairs (i, j)."""
    size = range(len(means))
    rho = lambda i, j: 1.0 if i == j else correlations[(min(i, j), max(i, j))]
    return {
        'n': n,
        'means': means,
        'co': [[(n - 1) * rho(i, j) * deviations[i] * deviations[j] for j in size] for i in size],
    }


def parts(data):
    """n, means and the sample covariance matrix (n - 1) of the means."""
    n = exact(data['n'])
    return n, [exact(m) for m in data['means']], [[exact(c) / (n - 1) / n for c in row] for row in data['co']]


def quadratic(cov, u, v):
    """u' S v."""
    return sum(u[i] * cov[i][j] * v[j] for i in range(len(u)) for j in range(len(v)))


def ratio(data):
    """Ratio of means, its variance by the delta method (Deng et al. 2018, eq. 3)."""
    n, (x, y), cov = parts(data)
    gradient = [1 / y, -x / y**2]
    return {'value': x / y, 'variance': quadratic(cov, gradient, gradient), 'df': n - 1, 'n': n}


def regression(control, treatment):
    """Analysis of covariance with one slope and one residual variance (Cochran 1957, section 3)."""
    (n, (y, x)), (m, (v, u)) = [(exact(d['n']), [exact(a) for a in d['means']]) for d in (control, treatment)]
    syy, sxy, sxx = [exact(control['co'][i][j]) + exact(treatment['co'][i][j]) for i, j in ((0, 0), (0, 1), (1, 1))]
    slope, df = sxy / sxx, n + m - 3
    residual = (syy - sxy**2 / sxx) / df
    error = mp.sqrt(residual * (1 / n + 1 / m + (u - x) ** 2 / sxx))
    return {'value': v - y - slope * (u - x), 'standardError': error, 'df': df, 'n': n + m}


def cuped_mean(control, treatment):
    """
    Metric less theta covariates (Deng et al. 2013, eq. 4), the slope over all users of both branches together; the
    treatment's value moved to the control's covariate; the lift's gradient at the values observed.
    """
    (n, (y, x), c), (m, (v, u), t) = parts(control), parts(treatment)
    apart = [v - y, u - x]
    between = lambda i, j: apart[i] * apart[j] * n * m / (n + m)
    total = lambda i, j: exact(control['co'][i][j]) + exact(treatment['co'][i][j]) + between(i, j)
    theta = total(0, 1) / total(1, 1)
    left = lambda cov, by=1: quadratic(cov, [by, -theta], [by, -theta])
    adjusted = v - theta * (u - x)
    lift_variance = (left(t) + left(c, v / y)) / y**2
    return {
        'theta': theta,
        'control': {'value': y, 'variance': left(c)},
        'treatment': {'value': adjusted, 'variance': left(t)},
        'lift': {'value': (adjusted - y) / abs(y), 'standardError': mp.sqrt(lift_variance)},
    }


def post_stratified(strata):
    """Strata in the shares of all users (Miratrix et al. 2013, eq. 3), plus the shares' multinomial variance."""
    sizes = [exact(s['control']['n']) + exact(s['treatment']['n']) for s in strata]
    n = sum(sizes)
    values = {b: [exact(s[b]['value']) for s in strata] for b in ('control', 'treatment')}
    whole = {b: sum(w * v for w, v in zip(sizes, values[b])) / n for b in values}
    between = lambda a, b: sum(
        w * (v - whole[a]) * (u - whole[b]) for w, v, u in zip(sizes, values[a], values[b])
    ) / n / n
    within = lambda b: sum((w / n) ** 2 * exact(s[b]['variance']) for w, s in zip(sizes, strata))
    return {
        **{b: {'value': whole[b], 'variance': within(b) + between(b, b)} for b in values},
        'covariance': between('control', 'treatment'),
    }


def quantile(ranks, values, events, share):
    """The value at the quantile; variance of the share under it times the squared slope between both sides' reads."""
    rise, run = exact(values['high']) - exact(values['low']), (exact(ranks['high']) - exact(ranks['low'])) / exact(events)
    return {'value': values['at'], 'variance': exact(share['variance']) * (rise / run) ** 2}


def proportion(n, successes):
    """p (1 - p) / n, as the likelihood has it."""
    p = exact(successes) / exact(n)
    return {'value': p, 'variance': p * (1 - p) / n, 'n': n}


TWO = [
    joint(2, [1.0, 2.0], [0.5, 0.25], {(0, 1): 0.5}),
    joint(50, [-3.0, 0.01], [2.0, 0.02], {(0, 1): -0.3}),
    joint(1000, [5e6, 100.0], [2e6, 40.0], {(0, 1): 0.8}),
    joint(1e6, [1e-9, 3.0], [1.0, 2.5], {(0, 1): 0.1}),
    joint(1e12, [0.3, 7.0], [1.1, 9.0], {(0, 1): 0.95}),
    joint(12345, [1e3, -1e-3], [1.0, 1e-4], {(0, 1): 0.0}),
    joint(400, [10.0, 9.0], [3.0, 3.0], {(0, 1): 0.99}),
]


def cases():
    for data in TWO:
        yield case('ratio', {'joint': data}, ratio(data))
    yield none('ratio', {'joint': {**TWO[0], 'n': 1}}, 'insufficient')
    yield none('ratio', {'joint': {**TWO[0], 'means': [1.0, 0.0]}}, 'insufficient')
    for i, control in enumerate(TWO):
        n = control['n'] * (2 if i % 2 else 1)
        means = [control['means'][0] * 1.03 + 0.1, control['means'][1] * 1.001]
        co = [[c * 1.1 * (n - 1) / (control['n'] - 1) for c in row] for row in control['co']]
        inputs = {'control': control, 'treatment': {'n': n, 'means': means, 'co': co}}
        yield case('regression', inputs, regression(**inputs))
        yield case('cuped', inputs, cuped_mean(**inputs))
    flat = {'n': 50, 'means': [1.0, 2.0], 'co': [[10.0, 0.0], [0.0, 0.0]]}
    yield none('regression', {'control': flat, 'treatment': flat}, 'no-variance')
    yield none('regression', {'control': {**TWO[0], 'n': 1}, 'treatment': TWO[0]}, 'insufficient')
    for rows in [
        [(100, 1.0, 0.01, 100, 1.1, 0.02)],
        [(100, 1.0, 0.01, 120, 1.1, 0.02), (1000, -2.0, 0.001, 900, -1.9, 0.002)],
        [(10, 1e6, 5.0, 1e6, 1e6, 1e-3), (1e9, 2e6, 1e-6, 10, 2e6, 7.0), (50, 0.0, 1.0, 50, 1.0, 1.0)],
        [(1e11, 0.1, 1e-12, 1e11, 0.1001, 1e-12), (5e11, 0.2, 1e-13, 5e11, 0.2002, 1e-13)],
    ]:
        strata = [
            {'control': {'n': a, 'value': b, 'variance': c}, 'treatment': {'n': d, 'value': e, 'variance': f}}
            for a, b, c, d, e, f in rows
        ]
        yield case('postStratified', {'strata': strata}, post_stratified(strata))
    for n, successes in (2, 1), (50, 0), (1000, 999), (1e9, 12), (1e12, 333333333333):
        yield case('proportion', {'n': n, 'successes': successes}, proportion(n, successes))
    yield none('proportion', {'n': 1, 'successes': 1}, 'insufficient')
    yield none('proportion', {'n': 5, 'successes': 6}, 'out-of-range')
    for events, low, at, high, values, variance in [
        (1000, 450, 500, 550, (9.0, 10.0, 11.5), 2.5e-4), (1e6, 989000, 990001, 991000, (-7e-3, -6.9e-3, -6.5e-3), 1e-8),
        (1e12, 5e11 - 1e6, 5e11, 5e11 + 1e6, (250.0, 250.1, 250.2), 2.6e-13),
    ]:
        inputs = {
            'ranks': {'low': low, 'at': at, 'high': high},
            'values': dict(zip(('low', 'at', 'high'), values)),
            'events': events,
            'share': {'value': at / events, 'variance': variance},
        }
        yield case('quantile', inputs, quantile(**inputs))
        tied = {**inputs, 'values': {'low': 3.0, 'at': 3.0, 'high': 3.0}}
        yield none('quantile', tied, 'no-variance')
