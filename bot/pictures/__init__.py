"""Pictures for the chat, drawn here: seat map, ticket, timeline. Pure: values in, PNG bytes out."""
