"""Counts at any time: binomial and Poisson mixtures, their confidence sequences, quantiles by ranks."""

import mpmath as mp

from cases import case, evidence, exact, none


def ln_beta_many(weights):
    """ln of the multivariate beta function."""
    return sum(mp.loggamma(w) for w in weights) - mp.loggamma(sum(weights))


def ln_dirichlet_multinomial(counts, shares, prior):
    """ln of the marginal likelihood under a Dirichlet prior over that of the shares (Lindon and Malek 2022, eq. 4)."""
    posterior = [n + a for n, a in zip(counts, prior)]
    return ln_beta_many(posterior) - ln_beta_many(prior) - sum(n * mp.log(s) for n, s in zip(counts, shares))


def optimal_weight(tuning):
    """Variance over rho where the two-sided normal mixture is about narrowest (Howard et al. 2021, section 3.5)."""
    ln = -2 * mp.log(mp.mpf(tuning.get('alpha', 0.05)))
    return exact(tuning['planned']) / (ln + mp.log(1 + ln))


def ln_bernoulli(successes, n, p, tuning):
    """
    The two-sided beta-binomial mixture (Howard et al. 2021, Prop. 7) for g = p and h = 1 - p, where the prior is
    Beta(w p, w (1 - p)) and r = rho - g h means w = rho / (g h) - 1.
    """
    w = max(optimal_weight(tuning) - 1, exact(1e-3))
    return ln_dirichlet_multinomial([successes, n - successes], [p, 1 - p], [w * p, w * (1 - p)])


def ln_poisson(events, exposure, rate, tuning):
    """Gamma(w rate, w) mixture of Poisson likelihoods over the one at the rate (Howard et al. 2021, Prop. 8 two-sided)."""
    w = optimal_weight(tuning)
    a = w * rate
    return (
        a * mp.log(w) - mp.loggamma(a) + mp.loggamma(a + events) - (a + events) * mp.log(w + exposure)
        - events * mp.log(rate) + rate * exposure
    )


def interval(ln_e, ends, tuning):
    """The values around the estimate, between ends where the e-value is infinite or None, whose e-value is below 1 / alpha."""
    low, inside, high = ends
    excess = lambda x: ln_e(x) + mp.log(exact(tuning.get('alpha', 0.05)))
    return [crossing(excess, inside, low), crossing(excess, inside, high)]


def crossing(f, inside, end):
    """Where f, negative up to one crossing, reaches 0 on the way to an open end; the end where it does not."""
    if inside == end:
        return end
    place = (lambda x: inside + (inside + 1) * (1 / x - 1)) if mp.isinf(end) else (lambda x: end - (end - inside) * x)
    near = mp.mpf(1) / 2
    while f(place(near)) < 0:
        near /= 2
        if near < mp.mpf(10) ** -40:
            return end
    a, b = min(2 * near, 1 - mp.eps), near
    for _ in range(20):
        middle = (a + b) / 2
        a, b = (middle, b) if f(place(middle)) < 0 else (a, middle)
    return place(mp.findroot(lambda x: f(place(x)), (a, b), solver='anderson', tol=mp.mpf(10) ** -60, maxsteps=100))


def bernoulli_interval(successes, n, tuning):
    """All probabilities not rejected by the mixture."""
    k, n = exact(successes), exact(n)
    return interval(lambda p: ln_bernoulli(k, n, p, tuning), (mp.mpf(0), k / n, mp.mpf(1)), tuning)


def poisson_interval(events, exposure, tuning):
    """All rates not rejected by the mixture."""
    k, t = exact(events), exact(exposure)
    return interval(lambda rate: ln_poisson(k, t, rate, tuning), (mp.mpf(0), k / t, mp.inf), tuning)


def furthest(inside, limit, holds):
    """The last integer from `inside` towards `limit` that holds, where all up to it do."""
    while abs(limit - inside) > 0:
        middle = inside + (limit - inside + (1 if limit > inside else -1)) // 2
        if middle == inside:
            middle = limit
        inside, limit = (middle, limit) if holds(middle) else (inside, middle + (1 if middle < inside else -1))
    return inside


def quantile_ranks(p, n, tuning):
    """
    Of the counts of users at or below the quantile that are not rejected (Howard and Ramdas 2022, Theorem 1), the least is
    the rank of a value not above it and the greatest, plus 1, that of one above it.
    """
    ln_alpha = mp.log(exact(tuning.get('alpha', 0.05)))
    holds = lambda k: ln_bernoulli(mp.mpf(k), mp.mpf(n), exact(p), tuning) < -ln_alpha
    inside = int(mp.nint(n * exact(p)))
    return [furthest(inside, 0, holds), furthest(inside, n, holds) + 1]


def stitched_reach(p, n, tuning):
    """Double stitching over time and quantiles (Howard and Ramdas 2022, Theorem 3), eta = 2, s = 1.4, delta = 1/2."""
    eta, s, delta = mp.mpf(2), mp.mpf(14) / 10, mp.mpf(1) / 2
    alpha, m = exact(tuning.get('alpha', 0.05)), exact(tuning['planned'])
    epochs = max(exact(n), m) / m
    logit = mp.log(p / (1 - p))
    shifted = 1 / (1 + mp.exp(-logit - 2 * delta * mp.sqrt(eta / epochs)))
    r = p if p >= 0.5 else min(mp.mpf(1) / 2, shifted)
    variance = r * (1 - r)
    k1_squared, k2 = (eta**0.25 + eta**-0.25) ** 2 / 2, (mp.sqrt(eta) + 1) / 2
    skew = (1 - 2 * p) / 3
    zeta = mp.zeta(s)
    level = (
        s * mp.log(mp.log(eta * epochs))
        + s * mp.log(mp.sqrt(epochs) * abs(logit) / (2 * delta) + 1)
        + mp.log(2 * zeta * (2 * zeta + 1) / (alpha * mp.log(eta) ** s))
    )
    spread = mp.sqrt(k1_squared * variance * epochs * m * level + (k2 * skew * level) ** 2)
    return delta * mp.sqrt(eta * variance * epochs) + spread + skew * k2 * level


def every_quantile_ranks(p, n, tuning):
    """The ranks of `quantile_ranks` from the reach above n p and, by symmetry, that below it."""
    p, n = exact(p), exact(n)
    low, high = n * p - stitched_reach(1 - p, n, tuning), n * p + stitched_reach(p, n, tuning)
    return [max(mp.ceil(low), 0), min(mp.floor(high), n) + 1]


def ln_e_per_cell(users, p, tuning):
    """Of the counts of users at or below a value somewhere in a cell, the least ln e-value against its being the quantile."""
    n, below, found = sum(users), 0, []
    for here in users:
        found.append(min(ln_bernoulli(mp.mpf(k), mp.mpf(n), exact(p), tuning) for k in range(below, below + here + 1)))
        below += here
    return found


def quantile_difference(control, treatment, p, tuning):
    """Least over all values of the product of both branches' e-values (Howard and Ramdas 2022, Theorem 5)."""
    return min(map(sum, zip(ln_e_per_cell(control, p, tuning), ln_e_per_cell(treatment, p, tuning))))


TRIALS = [
    (0, 1), (1, 2), (0, 50), (5, 50), (50, 50), (700, 1000), (3, 1e6), (2e5, 1e6), (999990, 1e6), (12, 1e9),
    (5e8, 1e9), (250000700000, 1e12),
]


def bernoulli_cases():
    for i, (successes, n) in enumerate(TRIALS):
        for planned in 1, 1000, 1e7:
            tuning = {'planned': planned, 'alpha': [0.05, 0.001][i % 2]}
            inputs = {'successes': successes, 'n': n, 'tuning': tuning}
            yield case('bernoulliInterval', inputs, {'ci': bernoulli_interval(successes, n, tuning)})
            for p in (0.2, 1e-3)[i % 2], min(0.999, max(1e-4, (successes + 4 * successes**0.5) / n)):
                ln_e = ln_bernoulli(exact(successes), exact(n), exact(p), tuning)
                yield case('bernoulliEvidence', {**inputs, 'p': p}, evidence(ln_e))
    tuning = {'planned': 100}
    yield none('bernoulliInterval', {'successes': 0, 'n': 0, 'tuning': tuning}, 'insufficient')
    yield none('bernoulliInterval', {'successes': 3, 'n': 2, 'tuning': tuning}, 'out-of-range')
    yield none('bernoulliEvidence', {'successes': 1, 'n': 2, 'p': 1.0, 'tuning': tuning}, 'out-of-range')


COUNTS = [
    (0, 1.0, 0.5), (3, 1.0, 40.0), (1, 1e-3, 2.0), (120, 24.0, 4.0), (50, 1e6, 1e-4), (1e6, 1e3, 1010.0),
    (1e12, 1e9, 1000.01), (7, 1e12, 1e-12),
]


def poisson_cases():
    for i, (events, exposure, rate) in enumerate(COUNTS):
        for factor in 0.01, 1.0, 50.0:
            tuning = {'planned': exposure * factor, 'alpha': [0.05, 0.001][i % 2]}
            count = {'events': events, 'exposure': exposure}
            ln_e = ln_poisson(exact(events), exact(exposure), exact(rate), tuning)
            yield case('poissonEvidence', {'count': count, 'rate': rate, 'tuning': tuning}, evidence(ln_e))
            ends = poisson_interval(events, exposure, tuning)
            yield case('poissonInterval', {'count': count, 'tuning': tuning}, {'ci': ends})


def quantile_cases():
    for p in 0.5, 0.01, 0.9, 0.999:
        for n in 2, 30, 1000, 123457, 1000000000:
            tuning = {'planned': [100, 20000][n % 2], 'alpha': 0.05}
            inputs = {'p': p, 'n': n, 'tuning': tuning}
            yield case('quantileRanks', inputs, {'ranks': quantile_ranks(p, n, tuning)})
            yield case('everyQuantileRanks', inputs, {'ranks': every_quantile_ranks(p, n, tuning)})
            yield case('stitchedReach', inputs, {'reach': stitched_reach(exact(p), n, tuning)})
    for control, treatment in [
        ([10, 20, 40, 20, 10], [5, 10, 40, 30, 15]),
        ([400, 300, 200, 100], [100, 200, 300, 400]),
        ([0, 0, 3], [2, 1, 0]),
        ([1] * 40 + [0] * 10, [0] * 10 + [1] * 40),
        ([900, 90, 9, 1], [890, 90, 15, 5]),
    ]:
        for p in 0.5, 0.9:
            inputs = {'control': control, 'treatment': treatment, 'p': p, 'tuning': {'planned': 100}}
            yield case('quantileDifference', inputs, evidence(quantile_difference(control, treatment, p, inputs['tuning'])))


def cases():
    yield from bernoulli_cases()
    yield from poisson_cases()
    yield from quantile_cases()
