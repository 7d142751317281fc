"""Which vectors a library answers from, and that no other encoder's are ever mixed in.

A library records its encoder and the fingerprint of its weights. Both are facts in the database, so that moving to
another encoder is one transaction, which other processes notice at their next query.
"""

from __future__ import annotations

from core.encoder import EncoderService
from core.encoders import AUTO, STARTER, STARTER_TRAINING_FREE, EncoderOptions
from core.errors import EncoderMismatch
from core.store import Space, Store

ENCODER, FINGERPRINT = "encoder", "fingerprint"


async def recorded(store: Store) -> tuple[str, str]:
    """Return the name of the library's encoder, and the fingerprint of its weights ("" until they were used)."""
    return await store.fact(ENCODER) or "", await store.fact(FINGERPRINT) or ""


async def current_space(store: Store) -> Space | None:
    """Return the space that the library answers from, or None while it has no vector. Loads no weights."""
    name, fingerprint = await recorded(store)
    return await store.vectors.space(name, fingerprint or None)


async def writing_space(store: Store, service: EncoderService) -> Space:
    """Return the space for this encoder's vectors, made when it is not there. Loads the weights.

    Raises EncoderMismatch when the library's vectors were made with other weights.
    """
    await check_weights(store, service)
    fingerprint = await service.fingerprint()
    space = await store.named_space(service.encoder.name, fingerprint, service.encoder.dimensions)
    if (await recorded(store))[1] != space.fingerprint:
        await store.write_facts(**{FINGERPRINT: space.fingerprint})
    return space


def check_name(name: str, options: EncoderOptions) -> None:
    """Raise EncoderMismatch when settings ask for an encoder by name, and it is not the library's."""
    asked = options.model
    if asked in (AUTO, name) or (asked == STARTER and name == STARTER_TRAINING_FREE):
        return
    raise EncoderMismatch(
        "This library's vectors were made with {name}, but the settings ask for {asked}. "
        "Run `modaclip reembed --model {asked}` to move the library, or set the model to {name} or auto.",
        name=name,
        asked=asked,
    )


async def check_weights(store: Store, service: EncoderService) -> None:
    """Raise EncoderMismatch unless these are the weights that the library's vectors were made with.

    Loads the weights. A library without vectors, or with vectors that only name their encoder, takes any weights.
    """
    name, fingerprint = await recorded(store)
    if service.encoder.name != name:
        raise EncoderMismatch("This library was moved to {name} meanwhile. Open it again.", name=name)
    if fingerprint and fingerprint != await service.fingerprint():
        raise EncoderMismatch(
            "The weights of {name} are not those that this library's vectors were made with. "
            "Bring those weights back, or run `modaclip reembed --model {name}` to make the vectors again.",
            name=name,
        )
