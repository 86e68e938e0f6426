-- Proposals begin with the names that most papers have, when too many begin with what was typed to look at each.
CREATE INDEX names_popular ON names (kind, papers DESC, name) WHERE papers > 4;
