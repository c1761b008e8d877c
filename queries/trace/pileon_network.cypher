/*
purpose = "Network of a pile-on: who acted on the target, who answered or passed on whom, and who acted together, with role and agency of both ends."
order = ["acts desc", "link", "account_id", "other_id"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
max_q = { type = "number", default = 1.0, low = 0.0, high = 1.0, meaning = "largest false discovery rate of a co-acting pair; pairs without one count" }
limit = { type = "integer", default = 2000, low = 1, high = 1000000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account that acts" }
link = { type = "string", meaning = "TARGETS: acted on the target; ANSWERS: answered or passed on the other's acts; CO_ACTED: both take part and acted on the same objects" }
other_id = { type = "account", meaning = "account at the other end; of co-acting pairs, the one whose name comes second" }
acts = { type = "integer", meaning = "such acts in the pile-on; CO_ACTED: co-actions of the pair, over the whole data" }
first_at = { type = "time", meaning = "the first of them" }
role = { type = "string", meaning = "primary role of the account in the pile-on; null: it takes no part" }
other_role = { type = "string", meaning = "that of the other" }
agency_id = { type = "string", meaning = "agency of the account at the time" }
other_agency_id = { type = "string", meaning = "that of the other" }

[graph]
links = ["account_id {link} other_id"]
roles = { account_id = "role", other_id = "other_role" }
agencies = { account_id = "agency_id", other_id = "other_agency_id" }
*/
CALL {
  MATCH (p:PileOn {pileon_id: $pileon})-[:TARGETS]->(b:Account)<-[:TARGETS]-(i:Interaction)
  WHERE p.onset <= i.at AND i.at <= p.`end` AND (p.only_surface IS NULL OR i.surface = p.only_surface)
  MATCH (a:Account)-[:POSTED]->(i)
  WHERE a <> b
  RETURN p, a, 'TARGETS' AS link, b, count(i) AS acts, min(i.at) AS first_at
  UNION ALL
  MATCH (p:PileOn {pileon_id: $pileon})-[:TARGETS]->(:Account)<-[:TARGETS]-(i:Interaction)
  WHERE p.onset <= i.at AND i.at <= p.`end` AND (p.only_surface IS NULL OR i.surface = p.only_surface)
  MATCH (i)-[:REPLIES_TO|REPOSTS|QUOTES]->(:Interaction)<-[:POSTED]-(b:Account)
  MATCH (a:Account)-[:POSTED]->(i)
  WHERE a <> b
  RETURN p, a, 'ANSWERS' AS link, b, count(i) AS acts, min(i.at) AS first_at
  UNION ALL
  MATCH (p:PileOn {pileon_id: $pileon})<-[:MEMBER_OF]-(a:Account)-[c:CO_ACTED]-(b:Account)
  WHERE a.account_id < b.account_id AND coalesce(c.q_value, 0.0) <= $max_q AND EXISTS { (b)-[:MEMBER_OF]->(p) }
  RETURN p, a, 'CO_ACTED' AS link, b, c.weight AS acts, c.first_at AS first_at
}
OPTIONAL MATCH (a)-[m:MEMBER_OF]->(p)
OPTIONAL MATCH (b)-[n:MEMBER_OF]->(p)
RETURN a.account_id AS account_id, link, b.account_id AS other_id, acts, first_at, m.role AS role, n.role AS other_role,
  m.agency_id AS agency_id, n.agency_id AS other_agency_id
ORDER BY acts DESC, link, account_id, other_id
LIMIT $limit
