/*
purpose = "Whom an inciter activated: accounts whose acts in the pile-on answer or pass on, over any number of steps, an act of the account."
order = ["first_at", "account_id"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
account = { type = "account", meaning = "account whose acts are followed" }
limit = { type = "integer", default = 1000, low = 1, high = 1000000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account that followed" }
first_at = { type = "time", meaning = "its first act in the pile-on that descends from the account" }
hops = { type = "integer", meaning = "fewest steps from such an act to an act of the account; 1: directly" }
acts = { type = "integer", meaning = "its acts in the pile-on that descend from the account" }
began_so = { type = "boolean", meaning = "that first act was its first in the pile-on; false: it took part before" }
role = { type = "string", meaning = "its primary role" }

[graph]
links = ["account ACTIVATED account_id"]
roles = { account_id = "role" }
*/
MATCH (p:PileOn {pileon_id: $pileon})-[:TARGETS]->(:Account)<-[:TARGETS]-(i:Interaction)
WHERE p.onset <= i.at AND i.at <= p.`end` AND (p.only_surface IS NULL OR i.surface = p.only_surface)
MATCH path = (i)-[:REPLIES_TO|REPOSTS|QUOTES*1..100]->(s:Interaction)
MATCH (:Account {account_id: $account})-[:POSTED]->(s)
MATCH (who:Account)-[:POSTED]->(i)
WHERE who.account_id <> $account
WITH p, who, min(i.at) AS first_at, min(length(path)) AS hops, count(DISTINCT i) AS acts
OPTIONAL MATCH (who)-[m:MEMBER_OF]->(p)
RETURN who.account_id AS account_id, first_at, hops, acts, first_at = m.first_at AS began_so, m.role AS role
ORDER BY first_at, account_id
LIMIT $limit
