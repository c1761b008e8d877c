/*
purpose = "Bridge accounts: hostile in pile-ons of several campaigns."
order = ["number desc", "pileons desc", "account_id"]

[params]
min_campaigns = { type = "integer", default = 2, low = 1, meaning = "least campaigns" }
limit = { type = "integer", default = 100, low = 1, high = 100000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account" }
number = { type = "integer", meaning = "campaigns in which it was hostile" }
campaigns = { type = "strings", meaning = "these campaigns, by name" }
pileons = { type = "integer", meaning = "pile-ons of these in which it was hostile" }
first_at = { type = "time", meaning = "its first act in one of them" }

[graph]
links = ["account_id HOSTILE_IN campaigns"]
*/
MATCH (a:Account)-[m:MEMBER_OF]->(p:PileOn)-[:PART_OF]->(c:Campaign)
WHERE m.hostile > 0
WITH a, m, p, c
ORDER BY c.campaign_id
WITH a, collect(DISTINCT c.campaign_id) AS campaigns, count(DISTINCT p) AS pileons, min(m.first_at) AS first_at
WHERE size(campaigns) >= $min_campaigns
RETURN a.account_id AS account_id, size(campaigns) AS number, campaigns, pileons, first_at
ORDER BY number DESC, pileons DESC, account_id
LIMIT $limit
