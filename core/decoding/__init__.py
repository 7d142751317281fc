"""Pictures decoded apart: in processes that may use so much memory and time, hold no file, and can be killed.

What people bring may be made to break a decoder. Here it breaks a process that has nothing to lose, and the answer is a
`BadImage` as for any other picture that can't be read.
"""

from core.decoding.decoders import Decoders

__all__ = ["Decoders"]
