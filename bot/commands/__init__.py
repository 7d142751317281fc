"""Each command once, for every chat: a function from a request to a reply."""

from __future__ import annotations

from bot.commands import boards, deciding, exporting, pinning, sharing, steering
from bot.commands.about import HELP, LIBRARY, SETTINGS
from bot.commands.finding import FIND, FIND_SIMILAR, SIMILAR
from bot.commands.keeping import ADD, ADD_TO_LIBRARY, EDIT, REMOVE, TAG_ADD, TAG_REMOVE
from bot.commands.photos import CREDIT, PHOTO, TAGS
from bot.commands.privacy import FORGET_ME, PRIVACY
from bot.commands.spec import Command, MessageCommand

BOARDS: tuple[Command, ...] = (
    *(boards.NEW, boards.LIST, boards.SHOW, boards.EDIT, boards.ARCHIVE, boards.DELETE, sharing.SHARE, sharing.JOIN),
    *(pinning.ADD, pinning.REMOVE, pinning.MOVE, pinning.NOTE, pinning.SECTIONS),
    *(deciding.VOTE, deciding.DECIDE, deciding.COMPARE, deciding.HISTORY, deciding.UNDO),
    *(steering.SUGGEST, steering.OUTLIER, steering.GAPS, steering.PALETTE, steering.WATCH),
    *(exporting.EXPORT, exporting.IMPORT),
)
COMMANDS: tuple[Command, ...] = (
    *(FIND, SIMILAR, TAGS, PHOTO, CREDIT, ADD, EDIT, REMOVE, TAG_ADD, TAG_REMOVE),
    *(steering.BRIEF, *BOARDS, LIBRARY, SETTINGS, PRIVACY, FORGET_ME, HELP),
)
MESSAGE_COMMANDS: tuple[MessageCommand, ...] = (FIND_SIMILAR, ADD_TO_LIBRARY)
