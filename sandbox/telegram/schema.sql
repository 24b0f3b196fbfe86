-- The whole state of the local Telegram. Ids are Telegram's; times are unix seconds.

CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;  -- tokens, counters

CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT,
    username TEXT,
    language_code TEXT,
    started INTEGER NOT NULL DEFAULT 0,  -- has written to the bot in private
    blocked INTEGER NOT NULL DEFAULT 0   -- has blocked the bot
) STRICT;

CREATE TABLE IF NOT EXISTS chats (
    id INTEGER PRIMARY KEY,  -- a private chat's id is its person's; a supergroup's starts with -100
    type TEXT NOT NULL,      -- private, supergroup
    title TEXT,
    pinned INTEGER,
    keyboard TEXT,           -- reply keyboard shown below the chat, JSON
    last_id INTEGER NOT NULL DEFAULT 0  -- supergroups only: private chats share one counter
) STRICT;

CREATE TABLE IF NOT EXISTS members (
    chat INTEGER NOT NULL,
    person INTEGER NOT NULL,  -- a person's id or the bot's
    status TEXT NOT NULL,     -- creator, administrator, member, left, kicked
    PRIMARY KEY (chat, person)
) STRICT;

CREATE TABLE IF NOT EXISTS messages (
    chat INTEGER NOT NULL,
    id INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    at INTEGER NOT NULL,
    edited INTEGER,
    content TEXT NOT NULL,  -- the fields of a Message that hold what it says, JSON
    markup TEXT,            -- as it was sent: inline or reply keyboard, JSON
    reply_to INTEGER,
    album TEXT,
    reaction TEXT,          -- the bot's reaction, JSON
    version INTEGER NOT NULL DEFAULT 1,
    deleted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat, id)
) STRICT;

CREATE TABLE IF NOT EXISTS versions (  -- what edited messages were before
    chat INTEGER NOT NULL,
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    markup TEXT,
    PRIMARY KEY (chat, id, version)
) STRICT;

CREATE TABLE IF NOT EXISTS reads (  -- how far each person has read
    chat INTEGER NOT NULL,
    person INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (chat, person)
) STRICT;

CREATE TABLE IF NOT EXISTS updates (  -- what the bot has not confirmed
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS presses (
    id TEXT PRIMARY KEY,
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    person INTEGER NOT NULL,
    data TEXT NOT NULL,
    at REAL NOT NULL,
    answer TEXT  -- JSON; NULL until the bot answered
) STRICT;

CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY,
    unique_id TEXT NOT NULL,
    kind TEXT NOT NULL,  -- photo, document
    path TEXT NOT NULL,  -- below files/ in the folder
    name TEXT,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,  -- bytes
    sizes TEXT NOT NULL DEFAULT '[]'  -- photos: every PhotoSize, ascending, JSON
) STRICT;

CREATE TABLE IF NOT EXISTS commands (
    scope TEXT NOT NULL,
    language TEXT NOT NULL,
    commands TEXT NOT NULL,
    PRIMARY KEY (scope, language)
) STRICT;
