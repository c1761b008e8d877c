/*
purpose = "Accounts that are declared to be the same person's, over several steps, with the platforms that they act on."
order = ["hops", "account_id"]

[params]
account = { type = "account", meaning = "account" }
min_confidence = { type = "number", default = 0.0, low = 0.0, high = 1.0, meaning = "least confidence of each declaration; one without counts as sure" }
limit = { type = "integer", default = 100, low = 1, high = 10000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "another account of that person" }
hops = { type = "integer", meaning = "declarations between the two, 4 at most" }
platforms = { type = "strings", meaning = "platforms that it acts on in the data, by name" }
acts = { type = "integer", meaning = "its acts in the data" }
first_at = { type = "time", meaning = "the first of them" }
last_at = { type = "time", meaning = "the last of them" }

[graph]
links = ["account SAME_PERSON account_id"]
*/
MATCH path = (a:Account {account_id: $account})-[:SAME_PERSON*1..4]-(b:Account)
WHERE b <> a AND all(r IN relationships(path) WHERE coalesce(r.confidence, 1.0) >= $min_confidence)
WITH b, min(length(path)) AS hops
OPTIONAL MATCH (b)-[:POSTED]->(i:Interaction)
WITH b, hops, i
ORDER BY i.platform
RETURN b.account_id AS account_id, hops, collect(DISTINCT i.platform) AS platforms, count(i) AS acts, min(i.at) AS first_at, max(i.at) AS last_at
ORDER BY hops, account_id
LIMIT $limit
