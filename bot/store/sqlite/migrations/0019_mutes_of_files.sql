-- A mute that the configuration file declares is the file's: it ends when the file says it no more, and nobody ends it in chat.
ALTER TABLE mutes ADD COLUMN origin TEXT NOT NULL DEFAULT 'chat';
