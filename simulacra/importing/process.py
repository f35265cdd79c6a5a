"""What runs: the image, its command, and the user, folder and signals of the process."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.importing.amounts import duration, seconds
from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import text
from simulacra.importing.stanzas import Attribute, Block, Stanza, escaped_for_templates, filled, given, texts
from simulacra.importing.stanzas import text as string
from simulacra.importing.well_known import ARCHITECTURES
from simulacra.importing.words import command

IMAGE_KEYS = ("image", "build", "pull_policy", "platform")
PROCESS_KEYS = ("command", "entrypoint", "user", "stop_signal", "stop_grace_period")

_LONGEST_KILL_S = 30
"""What Nomad's agents grant a task at most, unless their `max_kill_timeout` says more."""
_PULLED_BY_ITSELF = ("missing", "if_not_present")


def image(service: Composed) -> Piece:
    """The driver's image, and where it can run."""
    found, build = service.get("image"), service.get("build")
    if found is None and build is None:
        raise broken(service.keys, "has neither `image` nor `build`: say what it runs")
    name = text(found) if found is not None else f"{service.project.name}-{service.name}"
    policy, platform = service.get("pull_policy"), service.get("platform")
    always = policy is not None and text(policy) == "always"
    return Piece(
        config=(string("image", escaped_for_templates(name)), *([given("force_pull", True)] if always else [])),
        group=_architecture(text(platform)) if platform is not None else (),
        notes=tuple(_image_notes(service, name)),
    )


def _image_notes(service: Composed, name: str) -> Iterator[Note]:
    build, policy = service.get("build"), service.get("pull_policy")
    if build is not None:
        yield left_out(build, f"Nomad builds nothing; build the image, push it to a registry, and write its name for {name!r}")
    if policy is not None and text(policy) not in ("always", *_PULLED_BY_ITSELF):
        yield left_out(policy, "Nomad pulls an image that a machine lacks, or (`force_pull`) always")


def _architecture(platform: str) -> tuple[Block, ...]:
    """``linux/arm64/v8`` as a constraint; Nomad has architectures as Go names them."""
    system, _, rest = platform.partition("/")
    written = rest.partition("/")[0] or (system if system not in ("linux", "windows") else "")
    if not written:
        return ()
    rule = (filled("attribute", "${attr.cpu.arch}"), string("value", ARCHITECTURES.get(written, written)))
    return (Block("constraint", rule, why=f"the image is for {' '.join(platform.split())}"),)


def process(service: Composed) -> Piece:
    """The driver's command, and the task's user and end."""
    config: list[Stanza] = []
    notes: list[Note] = []
    said: list[str] = []
    for key, name in (("entrypoint", "entrypoint"), ("command", "args")):
        node = service.get(key)
        if node is None:
            continue
        found = command(node)
        if found.dropped:
            notes.append(left_out(node, f"what stands from {found.dropped[:20]!r} on, as Compose does: quote it, or use `sh -c`"))
        words = found.words or (("",) if key == "entrypoint" else ())  # an empty entrypoint takes the image's away
        said += words
        if words:
            config.append(texts(name, map(escaped_for_templates, words)))
    task, about_the_end = _end(service)
    user = service.get("user")
    if user is not None:
        task = (string("user", text(user)), *task)
    return Piece(config=tuple(config), task=task, words=tuple(said), notes=(*notes, *about_the_end))


def _end(service: Composed) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    attributes: list[Attribute] = []
    notes: list[Note] = []
    signal, grace = service.get("stop_signal"), service.get("stop_grace_period")
    if signal is not None:
        name = text(signal).upper()
        if name.isdigit():
            notes.append(left_out(signal, 'Nomad takes signals by name: `kill_signal = "SIGTERM"`'))
        else:
            attributes.append(string("kill_signal", name if name.startswith("SIG") else f"SIG{name}"))
    if grace is not None:
        allowed = seconds(grace)
        attributes.append(string("kill_timeout", duration(allowed)))
        if allowed > _LONGEST_KILL_S:
            said = f"Nomad's agents wait for {_LONGEST_KILL_S} s at most: set `max_kill_timeout` in their `client` block"
            notes.append(differs(grace, said))
    return tuple(attributes), tuple(notes)
