"""The chat: screens, cards, pictures."""
