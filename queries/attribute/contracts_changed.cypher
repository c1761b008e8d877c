/*
purpose = "Contracts of a pile-on's accounts that began or ended around its onset. A contract that begins is no order."
order = ["at", "account_id", "agency_id", "change"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
days = { type = "integer", default = 30, low = 0, high = 36500, meaning = "days before and after the onset" }
limit = { type = "integer", default = 1000, low = 1, high = 100000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account of the pile-on" }
agency_id = { type = "string", meaning = "agency" }
change = { type = "string", meaning = "begins or ends" }
at = { type = "time", meaning = "when" }
after_onset_s = { type = "integer", meaning = "seconds from the onset; negative: before it" }
role = { type = "string", meaning = "primary role in the pile-on" }
hostile = { type = "integer", meaning = "its hostile acts in the pile-on" }

[graph]
links = ["account_id {change} agency_id"]
roles = { account_id = "role" }
agencies = { account_id = "agency_id" }
*/
MATCH (p:PileOn {pileon_id: $pileon})<-[m:MEMBER_OF]-(a:Account)-[s:SIGNED_WITH]->(g:Agency)
UNWIND [{change: 'begins', at: s.valid_from}, {change: 'ends', at: s.valid_to}] AS event
WITH p, m, a, g, event.change AS change, event.at AS at
WHERE at IS NOT NULL AND abs(at.epochSeconds - p.onset.epochSeconds) <= $days * 86400
RETURN a.account_id AS account_id, g.agency_id AS agency_id, change, at, at.epochSeconds - p.onset.epochSeconds AS after_onset_s,
  m.role AS role, m.hostile AS hostile
ORDER BY at, account_id, agency_id, change
LIMIT $limit
