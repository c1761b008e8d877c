/*
purpose = "Path from an account to the peak of a pile-on: from its earliest act above an act of the peak, by the shortest way down, act by act."
order = ["hop"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
account = { type = "account", meaning = "account that the path starts from" }
around_s = { type = "integer", default = 450, low = 0, high = 86400, meaning = "seconds around the peak whose acts are the peak" }

[columns]
hop = { type = "integer", meaning = "0: the account's act; the last one: an act of the peak" }
interaction_id = { type = "interaction", meaning = "the act" }
platform = { type = "string", meaning = "where it is" }
account_id = { type = "account", meaning = "who did it" }
at = { type = "time", meaning = "when" }
kind = { type = "string", meaning = "what act" }

[graph]
links = ["account_id POSTED interaction_id", "interaction_id ANSWERED_BY next"]
*/
MATCH (p:PileOn {pileon_id: $pileon})-[:TARGETS]->(:Account)<-[:TARGETS]-(i:Interaction)
WHERE p.onset <= i.at AND i.at <= p.`end` AND (p.only_surface IS NULL OR i.surface = p.only_surface)
  AND p.peak - duration({seconds: $around_s}) <= i.at AND i.at <= p.peak + duration({seconds: $around_s})
MATCH path = (i)-[:REPLIES_TO|REPOSTS|QUOTES*0..100]->(s:Interaction)
MATCH (:Account {account_id: $account})-[:POSTED]->(s)
WITH path, s, i
ORDER BY s.at, s.platform, s.interaction_id, length(path), i.at, i.platform, i.interaction_id
LIMIT 1
WITH reverse(nodes(path)) AS acts
UNWIND range(0, size(acts) - 1) AS hop
WITH hop, acts[hop] AS x
MATCH (a:Account)-[:POSTED]->(x)
RETURN hop, x.interaction_id AS interaction_id, x.platform AS platform, a.account_id AS account_id, x.at AS at, x.kind AS kind
ORDER BY hop
