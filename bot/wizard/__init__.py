"""The wizard as a pure reducer: `step(draft, said, known)` and `render(draft, known, texts)`; no clock, no network."""
