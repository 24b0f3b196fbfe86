"""A local Bot API server and its chat page: Telegram's behaviour as documented and measured, without an account."""
