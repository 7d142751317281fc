"""The photo engine: photos in, hits with credits out. It knows nothing of any chat, prints nothing and never exits."""
