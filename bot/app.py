"""Wires settings to the engine: the only place that knows both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from config.settings import TAGS, Settings, SettingsError, files_for, load
from core.encoders import EncoderOptions
from core.enrich import Vocabulary
from core.fetch import FetchOptions
from core.images import ImageLimits
from core.intake import IntakeOptions
from core.library import LibraryOptions


def read_settings(env: Mapping[str, str], folder: Path) -> Settings:
    """Return the settings of a program started in `folder`. Raises SettingsError."""
    return load(env, files_for(env, folder))


def library_options(settings: Settings, *, model: str | None = None) -> LibraryOptions:
    """Return how libraries behave under these settings; `model` overrides the encoder's name."""
    imports, encoder = settings.imports, settings.encoder
    return LibraryOptions(
        encoder=EncoderOptions(
            model=model or encoder.model,
            preferred=encoder.preferred,
            device=encoder.device,
            allow_download=encoder.allow_download,
            training_free=encoder.training_free,
        ),
        intake=IntakeOptions(
            decode_threads=imports.decode_threads or os.cpu_count() or 1,
            thumbnail_px=imports.thumbnail_px,
            limits=ImageLimits(max_pixels=imports.max_pixels, max_bytes=imports.max_file_mb * 2**20),
        ),
        fetch=FetchOptions(
            concurrency=settings.fetch.concurrency,
            timeout_s=settings.fetch.timeout_s,
            attempts=settings.fetch.attempts,
        ),
        vocabulary=_vocabulary(imports.tags_file),
        batch_photos=imports.batch_photos,
        tags_per_photo=imports.auto_tags,
        exact_limit=settings.search.exact_limit,
        app_name=settings.library.app_name,
    )


def _vocabulary(tags_file: str) -> Vocabulary:
    path = Path(tags_file).expanduser() if tags_file else TAGS
    try:
        return Vocabulary.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The setting import.tags_file names {tags_file}, which can't be read: {error}") from error
