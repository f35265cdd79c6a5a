"""What must hold for clouds: providers that can be asked, slots whose names are nobody else's, and budgets that can be kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulacra.definitions.definition import Definition
from simulacra.definitions.problems import Problem, problem, quoted
from simulacra.model.cloud import LONGEST_NAME, Cloud, stem_of
from simulacra.model.cloud_providers import PRICES_IN, SUPPORTED, unreachable_as_defined


def check_clouds(definitions: Sequence[Definition]) -> Iterator[Problem]:
    """All that is wrong with clouds between themselves and with machines."""
    clouds = [d for d in definitions if d.kind == "cloud" and d.whole]
    machines = {d.name.lower(): d for d in definitions if d.kind == "machine"}
    taken: dict[str, str] = {}
    for d in clouds:
        for size in d.value.sizes:
            yield from _stem(d, size, taken)
            yield from _beside_machines(d, size, machines)
        yield from _budget(d)
        yield from _provider(d)


def _provider(d: Definition) -> Iterator[Problem]:
    """What its provider can't be asked for servers without. What stands in the environment isn't looked at: it may be another's."""
    provider = SUPPORTED.get(d.value.provider)
    if provider is not None:
        for key, said in unreachable_as_defined(d.value, provider):
            yield problem(d.at(key), said)


def _stem(d: Definition, size: str, taken: dict[str, str]) -> Iterator[Problem]:
    """Its servers' names without the number: there, short enough, and no other size's. ``taken`` is added to."""
    cloud, stem, what = d.value, stem_of(d.value.name, size), f'{quoted(size)} of cloud "{d.value.name}"'
    longest = f"{stem}-{cloud.max}"
    if stem.startswith("-") or stem.endswith("-"):
        said = f"no node can be called by the size {quoted(size)}: it has no letter or digit"
        yield problem(d.at("sizes"), f'cloud "{cloud.name}": {said}; correct it')
    elif len(longest) > LONGEST_NAME:
        said = f"a server would be called {longest}, which is {len(longest)} letters long, and {LONGEST_NAME} are allowed"
        yield problem(d.at("sizes"), f'cloud "{cloud.name}": {said}: shorten the cloud\'s name')
    elif (other := taken.setdefault(stem, what)) is not what:
        said = f"servers of size {quoted(size)} would be called {stem}-1 and so on, as those of {other} are"
        yield problem(d.at("sizes"), f'cloud "{cloud.name}": {said}: rename the cloud, or remove one of the sizes', "duplicate")


def _beside_machines(d: Definition, size: str, machines: dict[str, Definition]) -> Iterator[Problem]:
    """Machines of one's own that are called as one of its servers."""
    stem = stem_of(d.value.name, size)
    for name, machine in machines.items():
        number = name.removeprefix(f"{stem}-")
        if number != name and number.isdecimal() and number[0] != "0" and int(number) <= d.value.max:
            said = f'is called as a server of size {quoted(size)} of cloud "{d.name}" ({d.source}) would be: rename one'
            yield problem(machine.source, f'machine "{machine.name}" {said}', "duplicate")


def _budget(d: Definition) -> Iterator[Problem]:
    """Sizes without a price where there is a budget, and the provider doesn't tell one that counts."""
    cloud: Cloud = d.value
    provider = SUPPORTED.get(cloud.provider)
    if not cloud.monthly_budget or provider is None or (provider.priced and cloud.currency == PRICES_IN):
        return
    bare = [size for size in cloud.sizes if cloud.facts_of(size).price is None]
    if bare:
        why = f"{cloud.provider} tells prices in {PRICES_IN}" if provider.priced else "its provider tells no prices"
        said = f"a budget in {cloud.currency} can't be kept: {why}; add `size {quoted(bare[0])} {{ price = … }}`"
        more = f", and so for {len(bare) - 1} more" if len(bare) > 1 else ""
        yield problem(d.at("monthly_budget"), f'cloud "{cloud.name}": {said}{more}')
