"""Planned looks and planned samples: Lan-DeMets bounds, repeated p-values, power and sample size."""

from functools import lru_cache

import mpmath as mp

from anytime import mixture_bound
from cases import case, exact, none
from counts import optimal_weight
from tails import normal_quantile, normal_tail

# The recursion's digits, and its Gauss points between the bounds of a look: with 60 or 160 of them fourteen digits agree.
DIGITS = 25
NODES = 90


@lru_cache(maxsize=None)
def legendre(count):
    """Nodes and weights of Gauss's rule on [-1, 1] (DLMF 3.5.15), by Newton's method on the recurrence."""
    found = []
    for i in range(count):
        x = mp.cos(mp.pi * (i + mp.mpf(3) / 4) / (count + mp.mpf(1) / 2))
        for _ in range(7):
            before, here = mp.mpf(1), x
            for k in range(2, count + 1):
                before, here = here, ((2 * k - 1) * x * here - (k - 1) * before) / k
            slope = count * (x * here - before) / (x * x - 1)
            x -= here / slope
        found.append((x, 2 / ((1 - x * x) * slope**2)))
    return found


def spent(spending, share, alpha):
    """Alpha spent at a share of the information (Lan and DeMets 1983; Kim and DeMets 1987), all of it from 1 on."""
    share = min(share, mp.mpf(1))
    if spending == 'obrienFleming':
        return 2 * normal_tail(normal_quantile(alpha / 2) / mp.sqrt(share))
    if spending == 'pocock':
        return alpha * mp.log(1 + (mp.e - 1) * share)
    return alpha * share**3


def beyond(paths, step, score, drift=0):
    """Probability that paths pass a score one step of information later."""
    return mp.fsum(w * normal_tail((score - s - drift * step) / mp.sqrt(step)) for s, w in paths)


def onward(paths, step, low, high, drift=0):
    """Paths between two scores one step later, as Gauss points with the probability each carries."""
    half, middle = (high - low) / 2, (high + low) / 2
    nodes = [(middle + half * x, half * w) for x, w in legendre(NODES)]
    scale = mp.sqrt(2 * mp.pi * step)
    return [
        (x, weight / scale * mp.fsum(w * mp.exp(-((x - s - drift * step) ** 2) / (2 * step)) for s, w in paths))
        for x, weight in nodes
    ]


def bounds(information, alpha, sides, spending):
    """z to reach at each look: crossed there for the first time with the alpha newly spent, half of it to each side."""
    paths, before, used, found = [(mp.mpf(0), mp.mpf(1))], mp.mpf(0), mp.mpf(0), []
    for share in information:
        step, total = share - before, spent(spending, share, alpha / sides)
        new = total - used
        f = lambda z: mp.log(beyond(paths, step, z * mp.sqrt(share)) / new)
        guess = normal_quantile(new)
        z = mp.findroot(f, (guess, guess + mp.mpf(1) / 100), solver='secant', tol=mp.mpf(10) ** -36)
        found.append(z)
        reach = z * mp.sqrt(share)
        low = -reach if sides == 2 else -9 * mp.sqrt(share)
        if share != information[-1]:
            paths, before, used = onward(paths, step, low, reach), share, total
    return found


def sequential_cases():
    looks = [
        [0.5, 1.0], [0.2, 0.4, 0.6, 0.8, 1.0], [0.3, 0.9], [1.0], [0.1, 0.35, 1.0], [0.25, 0.5, 0.75],
        [0.5, 0.6, 1.0], [0.6, 0.61], [0.9, 1.0],
    ]
    for information in looks:
        for spending in 'obrienFleming', 'pocock', 'cubic':
            for alpha, alternative in (0.05, 'two-sided'), (0.001, 'greater'):
                sides = 2 if alternative == 'two-sided' else 1
                with mp.workdps(DIGITS):
                    upper = bounds([exact(t) for t in information], exact(alpha), sides, spending)
                inputs = {'information': information, 'alpha': alpha, 'alternative': alternative, 'spending': spending}
                yield case('groupSequentialBounds', inputs, {'upper': upper})
    for wrong in [0.5, 0.5], [0.0, 1.0], [0.8, 0.2]:
        inputs = {'information': wrong, 'alpha': 0.05, 'alternative': 'two-sided', 'spending': 'pocock'}
        yield none('groupSequentialBounds', inputs, 'out-of-range')


def repeated(z, information, sides, spending, alpha):
    """The alpha whose bound at the last look is |z|, and the bound of the alpha asked for (Jennison and Turnbull 1989)."""
    with mp.workdps(DIGITS):
        shares = [exact(t) for t in information]
        at = bounds(shares, exact(alpha), sides, spending)[-1]
        f = lambda ln: bounds(shares, mp.exp(ln), sides, spending)[-1] - abs(z)
        guess = mp.log(sides * normal_tail(abs(z)))
        ln_p = mp.findroot(f, (guess + mp.mpf(1) / 5, guess + mp.mpf(2) / 5), solver='secant', tol=mp.mpf(10) ** -26, maxsteps=12)
        return ln_p, at


def repeated_cases():
    for z, information, spending, alternative in [
        (2.1, [0.5, 1.0], 'pocock', 'two-sided'), (2.5, [0.4, 0.8], 'obrienFleming', 'two-sided'),
        (-6.0, [0.5, 1.0], 'obrienFleming', 'two-sided'), (3.0, [0.3], 'obrienFleming', 'greater'),
        (12.0, [0.5, 0.9], 'pocock', 'two-sided'), (1.8, [0.5, 1.0], 'cubic', 'greater'),
    ]:
        effect = {'value': z * 0.25, 'standardError': 0.25}
        sides = 2 if alternative == 'two-sided' else 1
        ln_p, at = repeated(exact(effect['value']) / exact(0.25), information, sides, spending, 0.05)
        reach = at * exact(0.25)
        value = exact(effect['value'])
        inputs = {'effect': effect, 'information': information, 'alpha': 0.05, 'alternative': alternative, 'spending': spending}
        high = value + reach if sides == 2 else mp.inf
        yield case('groupSequential', inputs, {'effect': value, 'lnP': ln_p, 'ci': [value - reach, high]})


def spread(plan, effect):
    """Standard error times the root of all users: of a difference, or of a lift by the delta method."""
    mean, share = exact(plan['mean']), exact(plan.get('treatmentShare', 0.5))
    there = mean + effect * (abs(mean) if plan.get('relative') else 1)
    variance = (lambda m: m * (1 - m)) if plan['variance'] == 'binary' else (lambda m: exact(plan['variance']))
    left = 1 - exact(plan.get('explained', 0))
    if not plan.get('relative'):
        return mp.sqrt(left * (variance(mean) / (1 - share) + variance(there) / share))
    ratio = there / mean
    return mp.sqrt(left * (variance(there) / share + ratio**2 * variance(mean) / (1 - share))) / abs(mean)


def crossing(drift, information, uppers, sides):
    """Probability that a Brownian motion with drift leaves the bounds at some look (Jennison and Turnbull 2000, ch. 19)."""
    paths, before, total = [(mp.mpf(0), mp.mpf(1))], mp.mpf(0), mp.mpf(0)
    for share, z in zip(information, uppers):
        step, reach = share - before, z * mp.sqrt(share)
        total += beyond(paths, step, reach, drift)
        if sides == 2:
            total += beyond([(-s, w) for s, w in paths], step, reach, -drift)
        # Further from where they are expected there are no paths to speak of (1e-13).
        middle, far = drift * share, mp.mpf(15) / 2 * mp.sqrt(share)
        low, high = max(-reach if sides == 2 else -mp.inf, middle - far), min(reach, middle + far)
        if share != information[-1]:
            paths, before = onward(paths, step, low, high, drift), share
    return total


@lru_cache(maxsize=None)
def design_bounds(k):
    """Shares, z-scores and sides of the k-th design."""
    design = DESIGNS[k]
    alpha, sides = exact(design['alpha']), 1 if 'alternative' in design else 2
    if design['method'] == 'fixed':
        return [mp.mpf(1)], [normal_quantile(alpha / sides)], sides
    information = [exact(t) for t in design['information']]
    return information, bounds(information, alpha, sides, design['spending']), sides


@lru_cache(maxsize=None)
def needed_drift(k, target):
    """The expected z-score at full information with which the k-th design rejects with that probability."""
    f = lambda drift: crossing(drift, *design_bounds(k)) - target
    return mp.findroot(f, (mp.mpf(5) / 2, mp.mpf(3)), solver='secant', tol=mp.mpf(10) ** -36, maxsteps=20)


def power(k, n, effect, plan):
    """Chance to reject at some look among n users of both branches."""
    return crossing(effect * mp.sqrt(n) / spread(plan, effect), *design_bounds(k))


def sample_size(k, effect, plan, target):
    """The n whose power is the target."""
    return (needed_drift(k, target) * spread(plan, effect) / effect) ** 2


def least_effect(k, n, plan, target):
    """The effect whose power among n users is the target."""
    f = lambda e: e * mp.sqrt(n) / spread(plan, e) - needed_drift(k, target)
    return mp.findroot(f, (mp.mpf(9) / 1000, mp.mpf(11) / 1000), solver='secant', tol=mp.mpf(10) ** -36, maxsteps=20)


def equivalence_power(n, effect, margin, plan, alpha):
    """Chance that the interval of 1 - 2 alpha lies within the margins (Phillips 1990, normal limit)."""
    error = spread(plan, effect) / mp.sqrt(n)
    z = normal_quantile(alpha)
    low, high = -margin + z * error, margin - z * error
    return normal_tail((low - effect) / error) - normal_tail((high - effect) / error) if low < high else mp.mpf(0)


PLANS = [
    {'mean': 10.0, 'variance': 25.0},
    {'mean': 0.02, 'variance': 'binary', 'relative': True},
    {'mean': -4.0, 'variance': 9.0, 'relative': True, 'treatmentShare': 0.1, 'explained': 0.5},
]
DESIGNS = [
    {'method': 'fixed', 'alpha': 0.05},
    {'method': 'fixed', 'alpha': 0.01, 'alternative': 'greater'},
    {'method': 'group-sequential', 'information': [0.5, 1.0], 'spending': 'obrienFleming', 'alpha': 0.05},
    {'method': 'group-sequential', 'information': [0.3, 0.7, 1.0], 'spending': 'pocock', 'alpha': 0.05, 'alternative': 'greater'},
]


def planning_cases():
    with mp.workdps(DIGITS):
        for plan in PLANS:
            for k, design in enumerate(DESIGNS):
                for n, effect in (1000, 0.2), (100000, 0.05), (1000000, 0.002):
                    inputs = {'design': design, 'n': n, 'effect': effect, 'plan': plan}
                    yield case('power', inputs, {'power': power(k, exact(n), exact(effect), plan)})
                for effect, target in (0.1, 0.8), (0.01, 0.95):
                    inputs = {'design': design, 'effect': effect, 'plan': plan, 'target': target}
                    n = sample_size(k, exact(effect), plan, exact(target))
                    yield case('sampleSize', inputs, {'n': n})
                inputs = {'design': design, 'n': float(n), 'plan': plan, 'target': target}
                yield case('mde', inputs, {'effect': least_effect(k, exact(float(n)), plan, exact(target))})


def any_time_cases():
    """
    An any-time design is followed through fifty looks, each 1.11 times the sample of the one before; bounds are lowered by
    what passes unseen between two looks (Siegmund 1985, section 10.3).
    """
    unseen = exact(0.5826) * mp.sqrt(1 - 1 / exact(1.11))
    information = [exact(1.11) ** -k for k in reversed(range(50))]
    for n, planned, alternative in (20000, 5000, 'two-sided'), (4000, 10000, 'greater'):
        with mp.workdps(DIGITS):
            one_sided, alpha = alternative != 'two-sided', exact(0.05)
            scale = n / optimal_weight({'planned': planned, 'alpha': alpha * (2 if one_sided else 1)})
            uppers = [mixture_bound(scale * share, alpha, one_sided) - unseen for share in information]
            drift = exact(0.3) * mp.sqrt(n) / spread(PLANS[0], exact(0.3))
            expected = crossing(drift, information, uppers, 1 if one_sided else 2)
        design = {'method': 'any-time', 'planned': planned, 'alpha': 0.05, 'alternative': alternative}
        yield case('power', {'design': design, 'n': n, 'effect': 0.3, 'plan': PLANS[0]}, {'power': expected})


def equivalence_cases():
    for plan in PLANS:
        for n, effect, margin in (100, 0.0, 0.1), (30000, 0.01, 0.2), (1e6, 0.004, 0.01), (1e9, -0.001, 0.002):
            inputs = {'n': n, 'effect': effect, 'margin': margin, 'plan': plan, 'alpha': 0.05}
            expected = equivalence_power(exact(n), exact(effect), exact(margin), plan, exact(0.05))
            yield case('equivalencePower', inputs, {'power': expected})


def cases():
    yield from equivalence_cases()
    yield from sequential_cases()
    yield from repeated_cases()
    yield from planning_cases()
    yield from any_time_cases()
