-- Asks the gate's HTTP door for the branch of a request.

local HOST, PORT = "127.0.0.1", 4610
-- The app, and a test or - for the app's current one.
local PATH = "/v1/gate/shop/-"
local SECONDS = 0.1
local PASSED_ON = { "cookie", "dnt", "sec-gpc" }

-- What the gate is sent; HAProxy has refused headers of more than one line.
local function question(txn)
  local lines = { "GET " .. PATH .. " HTTP/1.0", "X-Forwarded-Proto: " .. (txn.f:ssl_fc() == 1 and "https" or "http") }
  local headers = txn.http:req_get_headers()
  for _, name in ipairs(PASSED_ON) do
    local values = headers[name]
    if values then
      -- They count from 0.
      local all = { values[0], table.unpack(values) }
      lines[#lines + 1] = name .. ": " .. table.concat(all, name == "cookie" and "; " or ", ")
    end
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- The headers of the answer, by name in small letters; nothing where it is not 200 or does not come in time.
local function ask(text)
  local socket = core.tcp()
  socket:settimeout(SECONDS)
  if not socket:connect(HOST, PORT) or not socket:send(text) then return nil end
  local answer = socket:receive("*a")
  socket:close()
  if not answer or not answer:find("^HTTP/1%.%d 200 ") then return nil end
  local headers = {}
  for name, value in answer:gmatch("\r\n([^:\r]+): ?([^\r]*)") do headers[name:lower()] = value end
  return headers
end

core.register_action("assay", { "http-req" }, function(txn)
  local answer = ask(question(txn))
  if not answer or not answer["x-assay-branch"] then return end
  txn:set_var("txn.assay_branch", answer["x-assay-branch"])
  if answer["x-assay-user"] then txn:set_var("txn.assay_user", answer["x-assay-user"]) end
  if answer["set-cookie"] then txn:set_var("txn.assay_cookie", answer["set-cookie"]) end
end)
