/*
purpose = "Ownership chains from an agency's company up to those who control it, each with the product of its shares. A chain visits a company once."
order = ["hops", "path", "share desc"]

[params]
agency = { type = "string", meaning = "agency" }
at = { type = "time", optional = true, meaning = "as of this time; not given: links of any time" }
min_share = { type = "number", default = 0.0, low = 0.0, high = 1.0, meaning = "least product of shares; chains with an unknown share stay" }
limit = { type = "integer", default = 1000, low = 1, high = 100000, meaning = "most rows" }

[columns]
path = { type = "strings", meaning = "companies from the agency's own up to the owner, 8 links at most" }
owner_id = { type = "string", meaning = "owner at the end" }
hops = { type = "integer", meaning = "links" }
share = { type = "number", meaning = "product of the shares; null: one is not known" }
is_top = { type = "boolean", meaning = "nobody else is known to own it: the end of the chain" }

[graph]
links = ["path OWNED_BY next"]
*/
MATCH (:Agency {agency_id: $agency})-[:REGISTERED_AS]->(c:Company)
MATCH path = (o:Company)-[:OWNS*0..8]->(c)
WHERE all(r IN relationships(path) WHERE $at IS NULL
    OR ((r.valid_from IS NULL OR r.valid_from <= $at) AND (r.valid_to IS NULL OR $at < r.valid_to)))
  AND all(n IN nodes(path) WHERE single(m IN nodes(path) WHERE m = n))
WITH path, o, reduce(product = 1.0, r IN relationships(path) | product * r.share) AS share
WHERE share IS NULL OR share >= $min_share
RETURN [n IN reverse(nodes(path)) | n.company_id] AS path, o.company_id AS owner_id, length(path) AS hops, share,
  NOT EXISTS {
    MATCH (x:Company)-[r:OWNS]->(o)
    WHERE x <> o AND ($at IS NULL OR ((r.valid_from IS NULL OR r.valid_from <= $at) AND (r.valid_to IS NULL OR $at < r.valid_to)))
  } AS is_top
ORDER BY hops, path, share DESC
LIMIT $limit
