/*
purpose = "Accounts under one controller: signed with agencies whose companies it owns, directly or over others."
order = ["hops", "account_id", "agency_id", "valid_from"]

[params]
controller = { type = "string", meaning = "company or person" }
at = { type = "time", optional = true, meaning = "as of this time; not given: links and contracts of any time" }
limit = { type = "integer", default = 10000, low = 1, high = 1000000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "signed account" }
agency_id = { type = "string", meaning = "agency that signed it" }
company_id = { type = "string", meaning = "the agency's company" }
hops = { type = "integer", meaning = "fewest links of ownership from the controller to it, 8 at most" }
valid_from = { type = "time", meaning = "start of the contract; null: always" }
valid_to = { type = "time", meaning = "end of the contract; null: still running" }
confidence = { type = "number", meaning = "how sure the source is" }

[graph]
links = ["account_id SIGNED_WITH agency_id", "agency_id REGISTERED_AS company_id", "controller CONTROLS company_id"]
*/
MATCH path = (:Company {company_id: $controller})-[:OWNS*0..8]->(c:Company)
WHERE all(r IN relationships(path) WHERE $at IS NULL
    OR ((r.valid_from IS NULL OR r.valid_from <= $at) AND (r.valid_to IS NULL OR $at < r.valid_to)))
WITH c, min(length(path)) AS hops
MATCH (c)<-[:REGISTERED_AS]-(g:Agency)<-[s:SIGNED_WITH]-(a:Account)
WHERE $at IS NULL OR ((s.valid_from IS NULL OR s.valid_from <= $at) AND (s.valid_to IS NULL OR $at < s.valid_to))
RETURN a.account_id AS account_id, g.agency_id AS agency_id, c.company_id AS company_id, hops, s.valid_from AS valid_from,
  s.valid_to AS valid_to, s.confidence AS confidence
ORDER BY hops, account_id, agency_id, valid_from
LIMIT $limit
