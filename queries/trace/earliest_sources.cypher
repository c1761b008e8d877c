/*
purpose = "Earliest sources of a pile-on: the acts at the top of the threads that its acts belong to, and how much of it descends from each."
order = ["at", "platform", "interaction_id"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
min_acts = { type = "integer", default = 1, low = 1, meaning = "least acts of the pile-on that descend from the source, itself included" }
limit = { type = "integer", default = 50, low = 1, high = 100000, meaning = "most rows" }

[columns]
interaction_id = { type = "interaction", meaning = "the source; threads that lead in a circle, or up more than 100 steps, have none" }
platform = { type = "string", meaning = "where it is" }
account_id = { type = "account", meaning = "who did it" }
at = { type = "time", meaning = "when" }
kind = { type = "string", meaning = "what act" }
lead_s = { type = "integer", meaning = "seconds from it to the onset; positive: before the onset" }
acts = { type = "integer", meaning = "acts of the pile-on that descend from it" }
accounts = { type = "integer", meaning = "accounts of those" }

[graph]
links = ["account_id POSTED interaction_id", "interaction_id LEADS_TO pileon"]
*/
MATCH (p:PileOn {pileon_id: $pileon})-[:TARGETS]->(:Account)<-[:TARGETS]-(i:Interaction)
WHERE p.onset <= i.at AND i.at <= p.`end` AND (p.only_surface IS NULL OR i.surface = p.only_surface)
MATCH (i)-[:REPLIES_TO|REPOSTS|QUOTES*0..100]->(s:Interaction)
WHERE NOT EXISTS { (s)-[:REPLIES_TO|REPOSTS|QUOTES]->(:Interaction) }
MATCH (who:Account)-[:POSTED]->(i)
WITH p, s, count(DISTINCT i) AS acts, count(DISTINCT who) AS accounts
WHERE acts >= $min_acts
MATCH (a:Account)-[:POSTED]->(s)
RETURN s.interaction_id AS interaction_id, s.platform AS platform, a.account_id AS account_id, s.at AS at, s.kind AS kind,
  p.onset.epochSeconds - s.at.epochSeconds AS lead_s, acts, accounts
ORDER BY at, platform, interaction_id
LIMIT $limit
