/*
purpose = "Neighbours in co-action of a pile-on's accounts, of pairs that acted together before it began."
order = ["weight desc", "account_id", "other_id"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
max_q = { type = "number", default = 1.0, low = 0.0, high = 1.0, meaning = "largest false discovery rate of a pair; pairs without one count" }
limit = { type = "integer", default = 200, low = 1, high = 100000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account of the pile-on; of two, the one whose name comes first" }
other_id = { type = "account", meaning = "account that it acted together with" }
other_is_member = { type = "boolean", meaning = "that one takes part in the pile-on too" }
weight = { type = "integer", meaning = "co-actions of the pair, over the whole data" }
objects = { type = "integer", meaning = "distinct objects among them" }
first_at = { type = "time", meaning = "first act of a co-action of the pair; before the onset" }
q_value = { type = "number", meaning = "false discovery rate; lower is stronger" }

[graph]
links = ["account_id CO_ACTED other_id"]
*/
MATCH (p:PileOn {pileon_id: $pileon})<-[:MEMBER_OF]-(a:Account)-[c:CO_ACTED]-(b:Account)
WHERE c.first_at < p.onset AND coalesce(c.q_value, 0.0) <= $max_q
WITH a, b, c, EXISTS { (b)-[:MEMBER_OF]->(p) } AS other_is_member
WHERE NOT other_is_member OR a.account_id < b.account_id
RETURN a.account_id AS account_id, b.account_id AS other_id, other_is_member, c.weight AS weight, c.objects AS objects,
  c.first_at AS first_at, c.q_value AS q_value
ORDER BY weight DESC, account_id, other_id
LIMIT $limit
