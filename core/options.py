"""How a library behaves, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.decoding import Decoders
from core.encoder import Encoder, EncoderServices
from core.encoders import EncoderOptions, create_encoder
from core.enrich import Vocabulary
from core.fetch import FetchOptions
from core.intake import IntakeOptions
from core.store import StoreOptions, Stores


@dataclass(frozen=True, slots=True)
class LibraryOptions:
    """How a library behaves; its contents do not depend on any of this but the encoder."""

    encoder: EncoderOptions = field(default_factory=EncoderOptions)
    intake: IntakeOptions = field(default_factory=IntakeOptions)
    fetch: FetchOptions = field(default_factory=FetchOptions)
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(()))
    batch_photos: int = 0  # embedded and committed together; 0: as many as the encoder is quickest with
    tags_per_photo: int = 8
    exact_limit: int = 80_000  # photos above which the approximate index is used
    app_name: str = "modaclip"
    deleted_boards_days: int = 30  # for so long a board that was deleted can be brought back
    store: StoreOptions = field(default_factory=StoreOptions)
    make_encoder: Callable[[str, EncoderOptions], Encoder] = create_encoder

    def make_decoders(self) -> Decoders:
        """Return what reads the pictures of a program that uses libraries with these options."""
        return Decoders(self.intake.limits, most=self.intake.decode_threads)

    def make_services(self) -> EncoderServices:
        """Return the services of a program that uses libraries with these options."""
        return EncoderServices(lambda name: self.make_encoder(name, self.encoder))

    def make_stores(self) -> Stores:
        """Return what opens the stores of a program that uses libraries with these options."""
        return Stores(self.store)
