"""What every family of cases shares: exact doubles in, nearest doubles out, SciPy as a witness and never as a judge."""

import math

import mpmath as mp

witnessed = []


def exact(x):
    """The very number that a double is."""
    return mp.mpf(float(x))


def nearest(value):
    """The double nearest to a value, as JSON can hold it: infinities by name, lists and objects by their parts."""
    if isinstance(value, dict):
        return {key: nearest(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [nearest(part) for part in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    number = float(value)
    if math.isnan(number):
        raise ValueError('an expected value is not a number')
    if math.isinf(number):
        return 'Infinity' if number > 0 else '-Infinity'
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def case(method, inputs, expected):
    """One case; inputs are plain doubles and expected values what 60 digits say."""
    return {'method': method, 'inputs': nearest(inputs), 'expected': nearest(expected)}


def none(method, inputs, reason):
    """A case that has no answer."""
    return {'method': method, 'inputs': nearest(inputs), 'expected': {'none': reason}}


def probability(ln_p):
    """An expected p-value: its logarithm always, itself where a double holds it to full precision."""
    return {'lnP': ln_p} | ({'pValue': mp.exp(ln_p)} if ln_p > -660 else {})


def evidence(ln_e):
    """An e-value and the always-valid p-value that it is: 1 / e, at most 1 (Ville 1939)."""
    ln_p = min(mp.mpf(0), -ln_e)
    return {'lnE': ln_e, 'lnP': ln_p}


def check(value, witness, tolerance):
    """Notes how far SciPy is from the exact value, and stops where that is further than known of it."""
    value, witness = exact(value), exact(witness)
    if value == 0 or abs(value) < mp.mpf(10) ** -290:
        return
    error = abs(witness / value - 1)
    witnessed.append(error)
    if error > tolerance:
        raise ArithmeticError(f'SciPy says {witness}, expected {value}')
