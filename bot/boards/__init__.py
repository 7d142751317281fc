"""Boards in chats: how they are drawn as replies, and how their messages stay alive."""
