"""The query language of every chat, and what it means: `parse(text)` reads a `Query`, `str(query)` writes one.

| typed | meaning |
|---|---|
| `sunset over ocean` | plain words: together they are one phrase to rank by |
| `-people` `-"city lights"` | away from these |
| `"golden gate"` | to rank by, and the photo's own words must hold them one after the other |
| `ocean^0.5` `"old pier"^2` `like:ID^2` | how much it counts, 0.01 to 10; one word or quotation each |
| `tag:night` `-tag:night` `tag:"golden hour"^0.5` | photos with a tag; without it; wished for by a weight |
| `by:CHUTTERSNAP` `by:"Paul Carmona"` | the photographer |
| `is:portrait` `is:landscape` `is:square` | the shape |
| `color:teal` `colour:#0aa` | a colour that shows |
| `width:>=3000` `height:1000..2000` | the size in pixels |
| `before:2020` `after:2021-05` `before:2020-01-31` | before a year, month or day begins; after it has ended |
| `license:CC0` `place:Lisbon` `source:unsplash` | where it came from, and on what terms |
| `like:ID` `-like:ID` | nearer to a photo of the library, or further from it |
| `sort:match` `sort:new` `sort:random` | the order |

Every condition may be turned round with `-`. Queries are read as phones type them: curly quotes, long dashes, wide
colons and a space after a colon are understood. What is no key is words, unless it looks like a key misspelt.
"""

from core.query_parser import MAX_LENGTH, MAX_TERMS, parse
from core.query_terms import Filter, Key, Like, Query, Sort, Text

__all__ = ["MAX_LENGTH", "MAX_TERMS", "Filter", "Key", "Like", "Query", "Sort", "Text", "parse"]
