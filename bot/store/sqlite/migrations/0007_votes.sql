-- Votes for papers, by people of a tenant and for that tenant only. person is "platform:user id".
CREATE TABLE votes (
    tenant TEXT NOT NULL,
    paper_id INTEGER NOT NULL REFERENCES papers (id),
    person TEXT NOT NULL,
    voted_at TEXT NOT NULL,
    PRIMARY KEY (tenant, paper_id, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX votes_paper ON votes (paper_id);
CREATE INDEX votes_person ON votes (person);
CREATE INDEX votes_newest ON votes (tenant, voted_at);

-- What is kept about one person is told and removed on request.
CREATE INDEX read_marks_person ON read_marks (person);
CREATE INDEX hidden_person ON hidden (person);
