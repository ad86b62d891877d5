/* SPDX-License-Identifier: Apache-2.0 */
/* Word lists of the tagger. Each is in order of bytes, for look-up by halving. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "voice/tagger.h"

struct listed {
    const char *word;
    unsigned short what; /* class bits or a tag */
};

enum {
    N = AVT_CLASS_NOUN,
    V = AVT_CLASS_VERB,
    D = AVT_CLASS_PAST,
    P = AVT_CLASS_PARTICIPLE,
    J = AVT_CLASS_ADJECTIVE,
    R = AVT_CLASS_ADVERB,
    G = AVT_CLASS_GERUND,
    Z = AVT_CLASS_VERB_S,
    S = AVT_CLASS_NOUN_S,
};

/* clang-format off */
static const struct listed OPEN[] = {
    {"able", J}, {"abrupt", J}, {"absent", J}, {"absolute", J}, {"abstract", N | J},
    {"abuse", N | V}, {"academic", J}, {"accept", V}, {"accurate", J}, {"achieve", V},
    {"act", N | V}, {"active", J}, {"actual", J}, {"acute", J}, {"add", V}, {"admit", V},
    {"advise", V}, {"advocate", N | V}, {"affect", N | V}, {"affiliate", N | V}, {"afford", V},
    {"afraid", J}, {"again", R}, {"age", N}, {"ago", R}, {"agree", V}, {"ahead", R},
    {"aim", N | V}, {"air", N}, {"alive", J}, {"allow", V}, {"almost", R}, {"alone", J},
    {"already", R}, {"also", R}, {"alternate", V | J}, {"altogether", R}, {"amazing", J},
    {"analyses", Z | S}, {"ancient", J}, {"angry", J}, {"announce", V}, {"annual", J},
    {"answer", N | V}, {"anxious", J}, {"anyway", R}, {"apart", R}, {"apologize", V},
    {"apparent", J}, {"appear", V}, {"apply", V}, {"appropriate", V | J}, {"approximate", V | J},
    {"area", N}, {"argue", V}, {"arisen", P}, {"arose", D}, {"arrive", V}, {"articulate", V | J},
    {"artist", N}, {"aside", R}, {"ask", V}, {"associate", N | V}, {"assume", V}, {"ate", D},
    {"attempt", N | V}, {"attend", V}, {"attribute", N | V}, {"audience", N}, {"available", J},
    {"average", J}, {"avoid", V}, {"aware", J}, {"away", R}, {"awful", J}, {"awoke", D},
    {"awoken", P}, {"axes", S}, {"back", N | R}, {"bad", J}, {"band", N}, {"bank", N},
    {"barely", R}, {"basic", J}, {"bass", N | J}, {"bear", N | V}, {"beaten", P},
    {"beautiful", J}, {"became", D}, {"become", V}, {"began", D}, {"begin", V}, {"begun", P},
    {"being", N | G}, {"believe", V}, {"belong", V}, {"bent", D | P}, {"best", J}, {"bet", D | P},
    {"better", J | R}, {"big", J}, {"bird", N}, {"bit", D}, {"bite", N | V}, {"bitten", P},
    {"bitter", J}, {"black", J}, {"blame", N | V}, {"blank", J}, {"blew", D}, {"blind", J},
    {"block", N | V}, {"blow", N | V}, {"blown", P}, {"blue", J}, {"board", N | V}, {"boat", N},
    {"body", N}, {"bold", J}, {"book", N}, {"bore", V | D}, {"bored", J}, {"born", P},
    {"borne", P}, {"borrow", V}, {"bought", D | P}, {"bound", P | J}, {"bow", N | V}, {"boy", N},
    {"brave", J}, {"break", N | V}, {"breath", N | V}, {"bridge", N}, {"brief", J}, {"bright", J},
    {"brilliant", J}, {"bring", V}, {"broad", J}, {"broadcast", N}, {"broke", D},
    {"broken", P | J}, {"brought", D | P}, {"brown", J}, {"buffet", N | V}, {"build", V},
    {"built", D | P}, {"burn", N | V}, {"burnt", D | P}, {"busy", J}, {"buy", V},
    {"calculate", V}, {"call", N | V}, {"calm", J}, {"came", D}, {"camp", N | V}, {"capable", J},
    {"car", N}, {"care", N | V}, {"careful", J}, {"carry", V}, {"case", N}, {"cast", N | V},
    {"cat", N}, {"catch", N | V}, {"caught", D | P}, {"cause", N | V}, {"celebrate", V},
    {"certificate", N | V}, {"challenge", N | V}, {"change", N | V}, {"charge", N | V},
    {"cheap", J}, {"check", N | V}, {"child", N}, {"choose", V}, {"chose", D}, {"chosen", P},
    {"church", N}, {"city", N}, {"claim", N | V}, {"class", N | V}, {"clean", V | J},
    {"clear", V | J}, {"clever", J}, {"climb", V}, {"clock", N}, {"close", N | V | J | R},
    {"club", N}, {"clung", D | P}, {"cold", J}, {"collect", V}, {"come", V}, {"comfortable", J},
    {"comment", N | V}, {"common", J}, {"communicate", V}, {"community", N},
    {"compact", N | V | J}, {"company", N}, {"compare", V}, {"compete", V}, {"complain", V},
    {"complement", N | V}, {"complete", V | J}, {"complex", J}, {"compliment", N | V},
    {"compound", N | V}, {"computer", N}, {"concert", N}, {"concrete", J}, {"conduct", N | V},
    {"confident", J}, {"confine", N | V}, {"confirm", V}, {"conflict", N | V}, {"connect", V},
    {"conscript", N | V}, {"consider", V}, {"consist", V}, {"console", N | V},
    {"construct", N | V}, {"contact", N | V}, {"content", N | V | J}, {"contents", S},
    {"contest", N | V}, {"continue", V}, {"contract", N | V}, {"contrast", N | V},
    {"control", N | V}, {"converse", V}, {"convert", N | V}, {"convict", N | V}, {"convince", V},
    {"cook", N | V}, {"cool", J}, {"coordinate", N | V}, {"copper", N}, {"copy", N | V},
    {"correct", J}, {"correlate", N | V}, {"cost", N | V | D | P}, {"cotton", N},
    {"cough", N | V}, {"count", N | V}, {"country", N}, {"cover", N | V}, {"covert", J},
    {"crash", N | V}, {"crazy", J}, {"create", V}, {"creative", J}, {"credit", N | V},
    {"crept", D | P}, {"crooked", J}, {"cross", N | V}, {"cruel", J}, {"cry", N | V},
    {"cure", N | V}, {"curious", J}, {"current", J}, {"cut", N | V | D | P}, {"cute", J},
    {"daily", J}, {"damp", J}, {"dance", N | V}, {"dangerous", J}, {"dark", J}, {"date", N | V},
    {"day", N}, {"dead", J}, {"deaf", J}, {"deal", N | V}, {"dealt", D | P}, {"dear", J},
    {"debate", N | V}, {"decide", V}, {"decrease", N | V}, {"deep", J | R}, {"default", N | V},
    {"defect", N | V}, {"delay", N | V}, {"delegate", N | V}, {"deliberate", V | J},
    {"delicious", J}, {"deliver", V}, {"demand", N | V}, {"dense", J}, {"deny", V}, {"depend", V},
    {"describe", V}, {"desert", N | V}, {"design", N | V}, {"desire", N | V}, {"desk", N},
    {"destroy", V}, {"develop", V}, {"dictate", N | V}, {"die", V}, {"different", J},
    {"difficult", J}, {"diffuse", V | J}, {"digest", N | V}, {"direct", J}, {"dirty", J},
    {"disappear", V}, {"discard", N | V}, {"discharge", N | V}, {"discount", N | V},
    {"discourse", N | V}, {"discover", V}, {"discuss", V}, {"display", N | V}, {"dispute", N | V},
    {"distinct", J}, {"divide", V}, {"doctor", N}, {"document", N | V}, {"dog", N}, {"dogged", J},
    {"done", P}, {"door", N}, {"double", J}, {"doubt", N | V}, {"dove", N | D}, {"downhill", R},
    {"downstairs", R}, {"draft", N | V}, {"drag", N | V}, {"drank", D}, {"draw", V}, {"drawn", P},
    {"dream", N | V}, {"dreamt", D | P}, {"dress", N | V}, {"drew", D}, {"drill", N | V},
    {"drink", N | V}, {"drive", N | V}, {"driven", P}, {"drop", N | V}, {"drops", N},
    {"drove", D}, {"drum", N}, {"drunk", P}, {"dry", J}, {"duct", N}, {"ducts", N}, {"due", J},
    {"dug", D | P}, {"dull", J}, {"dump", N | V}, {"duplicate", N | V | J}, {"eager", J},
    {"early", J | R}, {"earn", V}, {"easy", J}, {"eat", V}, {"eaten", P}, {"education", N},
    {"elaborate", V | J}, {"elderly", J}, {"electric", J}, {"elegant", J}, {"else", R},
    {"empty", J}, {"enable", V}, {"encourage", V}, {"end", N | V}, {"enjoy", V}, {"enormous", J},
    {"enough", R}, {"enter", V}, {"entire", J}, {"entrance", N | V}, {"equal", J},
    {"escort", N | V}, {"essay", N | V}, {"essential", J}, {"establish", V}, {"estimate", N | V},
    {"even", R}, {"evening", N}, {"event", N}, {"ever", R}, {"everywhere", R}, {"evil", J},
    {"exact", J}, {"examine", V}, {"excellent", J}, {"excise", N | V}, {"exciting", J},
    {"excuse", N | V}, {"exercise", N | V}, {"exhibit", N | V}, {"exist", V}, {"expand", V},
    {"expect", V}, {"expensive", J}, {"experience", N | V}, {"experiment", N | V}, {"explain", V},
    {"exploit", N | V}, {"export", N | V}, {"express", V}, {"extra", J}, {"extract", N | V},
    {"extreme", J}, {"face", N | V}, {"fact", N}, {"fail", V}, {"fair", J}, {"fall", N | V},
    {"fallen", P}, {"false", J}, {"familiar", J}, {"famous", J}, {"fan", N | V}, {"far", J | R},
    {"farm", N | V}, {"fast", J | R}, {"fat", J}, {"father", N}, {"favorite", J}, {"fear", N | V},
    {"feature", N | V}, {"fed", D | P}, {"feed", V}, {"feel", V}, {"fell", D}, {"felt", D | P},
    {"field", N}, {"fight", N | V}, {"figure", N | V}, {"file", N | V}, {"film", N | V},
    {"final", J}, {"find", V}, {"fine", J}, {"finish", N | V}, {"fire", N | V}, {"firm", J},
    {"first", J | R}, {"fish", N | V}, {"fit", N | V}, {"fix", N | V}, {"flat", J},
    {"fled", D | P}, {"flew", D}, {"flight", N | V}, {"float", N | V}, {"flood", N | V},
    {"flow", N | V}, {"flown", P}, {"flung", D | P}, {"fly", N | V}, {"focus", N | V},
    {"follow", V}, {"food", N}, {"foot", N}, {"forbade", D}, {"forbidden", P}, {"force", N | V},
    {"foreign", J}, {"forever", R}, {"forgave", D}, {"forget", V}, {"forgive", V},
    {"forgiven", P}, {"forgot", D}, {"forgotten", P}, {"form", N | V}, {"formal", J},
    {"forth", R}, {"forward", R}, {"fought", D | P}, {"found", D | P}, {"fragile", J},
    {"fragment", N | V}, {"frame", N | V}, {"free", V | J}, {"freeze", V}, {"frequent", V | J},
    {"fresh", J}, {"friend", N}, {"friendly", J}, {"froze", D}, {"frozen", P}, {"fuel", N | V},
    {"full", J}, {"function", N | V}, {"fund", N | V}, {"funny", J}, {"gain", N | V}, {"game", N},
    {"gas", N}, {"gather", V}, {"gave", D}, {"general", J}, {"generate", V}, {"gentle", J},
    {"genuine", J}, {"get", V}, {"giant", J}, {"girl", N}, {"give", V}, {"given", P}, {"glad", J},
    {"global", J}, {"go", V}, {"gold", N}, {"golden", J}, {"gone", P}, {"good", J}, {"gotten", P},
    {"government", N}, {"graduate", N | V}, {"grand", J}, {"grant", N | V}, {"grateful", J},
    {"gray", J}, {"great", J}, {"green", J}, {"grew", D}, {"grey", J}, {"grip", N | V},
    {"gross", J}, {"ground", N}, {"group", N | V}, {"grow", N | V}, {"grown", P},
    {"guarantee", N | V}, {"guard", N | V}, {"guess", N | V}, {"guide", N | V}, {"guilty", J},
    {"guitar", N}, {"hand", N | V}, {"handle", V}, {"happen", V}, {"happy", J}, {"hard", J | R},
    {"hardly", R}, {"harm", N | V}, {"harsh", J}, {"hate", N | V}, {"head", N | V},
    {"healthy", J}, {"hear", V}, {"heard", D | P}, {"heat", N | V}, {"heavy", J}, {"held", D | P},
    {"help", N | V}, {"helpful", J}, {"here", R}, {"hid", D}, {"hidden", P}, {"hide", V},
    {"high", J}, {"hike", N | V}, {"hit", N | V | D | P}, {"hold", N | V}, {"holy", J},
    {"home", N | R}, {"honest", J}, {"hope", N | V}, {"hot", J}, {"hour", N}, {"house", N | V},
    {"houses", Z | S}, {"however", R}, {"huge", J}, {"human", J}, {"humble", J}, {"hung", D | P},
    {"hungry", J}, {"hunt", N | V}, {"hurt", N | V | D | P}, {"idea", N}, {"ideal", J},
    {"identify", V}, {"ignore", V}, {"ill", J}, {"illegal", J}, {"illustrate", V}, {"imagine", V},
    {"immediate", J}, {"impact", N | V}, {"implement", N | V}, {"import", N | V},
    {"important", J}, {"impossible", J}, {"impress", N | V}, {"improve", V}, {"incense", N | V},
    {"incline", N | V}, {"include", V}, {"incorporate", N | V}, {"increase", N | V},
    {"incredible", J}, {"indeed", R}, {"indicate", V}, {"influence", N | V}, {"inform", V},
    {"information", N}, {"initial", J}, {"initiate", N | V}, {"inner", J}, {"innocent", J},
    {"insert", N | V}, {"instead", R}, {"insult", N | V}, {"intense", J}, {"intercept", N | V},
    {"interest", N | V}, {"intern", N | V}, {"intimate", V | J}, {"introduce", V},
    {"invalid", N | J}, {"invent", V}, {"invite", N | V}, {"involve", V}, {"iron", N | V},
    {"isolate", N | V}, {"issue", N | V}, {"jagged", J}, {"job", N}, {"join", V}, {"joke", N | V},
    {"judge", N | V}, {"jump", N | V}, {"junior", J}, {"just", R}, {"keen", J}, {"keep", N | V},
    {"kept", D | P}, {"key", J}, {"kick", N | V}, {"kill", V}, {"kind", N | J}, {"king", N},
    {"kiss", N | V}, {"knelt", D | P}, {"knew", D}, {"knock", N | V}, {"know", V}, {"known", P},
    {"label", N | V}, {"lack", N | V}, {"laid", D | P}, {"lain", P}, {"lake", N},
    {"laminate", N | V}, {"land", N | V}, {"language", N}, {"large", J}, {"last", V | J},
    {"late", J | R}, {"later", R}, {"laugh", N | V}, {"law", N}, {"lay", V | D}, {"lazy", J},
    {"lead", N | V}, {"leak", N | V}, {"leant", D | P}, {"leapt", D | P}, {"learn", V},
    {"learned", D | P}, {"learnt", D | P}, {"least", R}, {"leave", N | V}, {"led", D | P},
    {"left", N | D | P | J}, {"legal", J}, {"legitimate", J}, {"lend", V}, {"lent", D | P},
    {"less", J | R}, {"let", V | D | P}, {"letter", N}, {"level", N | V}, {"lie", V}, {"life", N},
    {"lift", N | V}, {"light", N | V | J}, {"like", V}, {"likely", J}, {"likewise", R},
    {"limit", N | V}, {"line", N}, {"link", N | V}, {"list", N | V}, {"listen", V},
    {"lit", D | P}, {"little", J}, {"live", V | J | R}, {"lively", J}, {"lives", Z | S},
    {"load", N | V}, {"loan", N | V}, {"local", J}, {"locate", V}, {"lock", N | V}, {"lonely", J},
    {"long", J | R}, {"look", N | V}, {"loose", J}, {"lose", V}, {"lost", D | P}, {"loud", J},
    {"love", N | V}, {"lovely", J}, {"low", J}, {"lower", J}, {"lucky", J}, {"machine", N},
    {"mad", J}, {"made", D | P}, {"mail", N | V}, {"main", J}, {"maintain", V}, {"major", J},
    {"make", V}, {"male", J}, {"man", N}, {"mandate", N | V}, {"march", N | V}, {"mark", N | V},
    {"market", N | V}, {"massive", J}, {"master", N | V}, {"match", N | V}, {"matter", N | V},
    {"mature", J}, {"maybe", R}, {"mean", V | J}, {"meant", D | P}, {"meanwhile", R},
    {"measure", N | V}, {"medical", J}, {"meet", V}, {"meeting", N}, {"member", N}, {"mental", J},
    {"mention", N | V}, {"merchandise", N | V}, {"mere", J}, {"met", D | P}, {"metal", N},
    {"mild", J}, {"mind", N | V}, {"minor", J}, {"minute", N | J}, {"mistake", N | V},
    {"mistaken", P}, {"mistook", D}, {"misunderstood", D | P}, {"misuse", N | V}, {"mix", N | V},
    {"mobile", J}, {"moderate", V | J}, {"modern", J}, {"money", N}, {"month", N}, {"moped", N},
    {"moral", J}, {"more", J | R}, {"moreover", R}, {"morning", N}, {"most", J | R},
    {"mother", N}, {"mouth", N}, {"move", N | V}, {"much", J | R}, {"murder", N | V},
    {"music", N}, {"mutual", J}, {"name", N | V}, {"narrow", J}, {"nasty", J}, {"national", J},
    {"native", J}, {"natural", J}, {"nearby", R}, {"nearly", R}, {"neat", J}, {"necessary", J},
    {"need", N | V}, {"negative", J}, {"nervous", J}, {"nest", N | V}, {"net", J},
    {"network", N | V}, {"nevertheless", R}, {"new", J}, {"news", N}, {"next", J}, {"nice", J},
    {"night", N}, {"noble", J}, {"noisy", J}, {"nonetheless", R}, {"normal", J}, {"note", N | V},
    {"notice", N | V}, {"now", R}, {"nowhere", R}, {"nuclear", J}, {"number", N}, {"numerous", J},
    {"nurse", N | V}, {"object", N | V}, {"obtain", V}, {"obvious", J}, {"occur", V}, {"odd", J},
    {"offer", N | V}, {"office", N}, {"official", J}, {"offset", N | V}, {"old", J}, {"once", R},
    {"online", J}, {"only", R}, {"open", V | J}, {"operate", V}, {"opposite", J}, {"orange", J},
    {"order", N | V}, {"orderly", J}, {"ordinary", J}, {"organize", V}, {"orient", N | V},
    {"original", J}, {"ornament", N | V}, {"other", J}, {"otherwise", R}, {"outdoor", J},
    {"outer", J}, {"overall", J | R}, {"overcame", D}, {"overcome", V | P}, {"overheard", D | P},
    {"overlap", N | V}, {"overnight", R}, {"oversaw", D}, {"overthrew", D}, {"overthrow", N | V},
    {"overthrown", P}, {"overwork", N | V}, {"own", V | J}, {"pack", N | V}, {"paid", D | P},
    {"painful", J}, {"paint", N | V}, {"pale", J}, {"paper", N}, {"park", N | V}, {"part", N | V},
    {"participate", V}, {"party", N}, {"pass", N | V}, {"past", N | J}, {"patient", N},
    {"pay", N | V}, {"pencil", N}, {"people", N}, {"perfect", V | J}, {"perform", V},
    {"perhaps", R}, {"permit", N | V}, {"person", N}, {"personal", J}, {"persuade", V},
    {"pervert", N | V}, {"phone", N | V}, {"photograph", N | V}, {"physical", J}, {"pick", N | V},
    {"picture", N | V}, {"piece", N}, {"pink", J}, {"pipe", N}, {"place", N | V}, {"plain", J},
    {"plan", N | V}, {"plant", N | V}, {"play", N | V}, {"player", N}, {"pleasant", J},
    {"point", N | V}, {"policy", N}, {"polish", N | V}, {"polite", J}, {"poor", J},
    {"popular", J}, {"positive", J}, {"possible", J}, {"post", N | V}, {"pour", V}, {"power", N},
    {"powerful", J}, {"practical", J}, {"practice", N | V}, {"praise", N | V}, {"precise", J},
    {"predicate", N | V}, {"pregnant", J}, {"prepare", V}, {"present", N | V | J},
    {"president", N}, {"press", N | V}, {"pretty", J}, {"prevent", V}, {"previous", J},
    {"price", N | V}, {"primary", J}, {"prime", J}, {"print", N | V}, {"prior", J},
    {"private", J}, {"probable", J}, {"problem", N}, {"proceed", N | V}, {"proceeds", Z | S},
    {"produce", N | V}, {"program", N | V}, {"progress", N | V}, {"project", N | V},
    {"promise", N | V}, {"proper", J}, {"prospect", N | V}, {"protect", V}, {"protest", N | V},
    {"proud", J}, {"prove", V}, {"proven", P}, {"provide", V}, {"public", J}, {"publish", V},
    {"pull", N | V}, {"pump", N | V}, {"punch", N | V}, {"purchase", N | V}, {"pure", J},
    {"purple", J}, {"purport", N | V}, {"push", N | V}, {"put", V | D | P}, {"queen", N},
    {"question", N | V}, {"quick", J}, {"quiet", J}, {"quit", D | P}, {"quite", R},
    {"quote", N | V}, {"race", N | V}, {"radio", N}, {"ragged", J}, {"rain", N | V},
    {"raise", N | V}, {"ran", D}, {"random", J}, {"rang", D}, {"range", N | V}, {"rank", N | V},
    {"rapid", J}, {"rare", J}, {"rate", N | V}, {"rather", R}, {"raw", J}, {"reach", N | V},
    {"react", V}, {"read", N | V | D | P}, {"ready", J}, {"real", J}, {"realize", V},
    {"really", R}, {"reason", N}, {"rebel", N | V}, {"reboot", N | V}, {"rebound", N | V},
    {"rebuilt", D | P}, {"recall", N | V}, {"receive", V}, {"recent", J}, {"recharge", N | V},
    {"recognize", V}, {"recoil", N | V}, {"recommend", V}, {"record", N | V}, {"red", J},
    {"redirect", N | V}, {"reduce", V}, {"refer", V}, {"refill", N | V}, {"refund", N | V},
    {"refuse", N | V}, {"regress", N | V}, {"regret", V}, {"regular", J}, {"reject", N | V},
    {"relapse", N | V}, {"relative", J}, {"relax", V}, {"relay", N | V}, {"release", N | V},
    {"relevant", J}, {"reliable", J}, {"remain", V}, {"remake", N | V}, {"remark", N | V},
    {"remember", V}, {"remind", V}, {"remit", N | V}, {"remove", V}, {"rent", N | V},
    {"repair", N | V}, {"repeat", N | V}, {"replace", V}, {"replay", N | V}, {"reply", N | V},
    {"report", N | V}, {"represent", V}, {"reprint", N | V}, {"request", N | V}, {"require", V},
    {"reread", D | P}, {"rescue", N | V}, {"research", N | V}, {"reset", N | V}, {"resist", V},
    {"respect", N | V}, {"respond", V}, {"rest", N | V}, {"result", N | V}, {"resume", N | V},
    {"rethink", N | V}, {"retreat", N | V}, {"return", N | V}, {"reuse", N | V}, {"reveal", V},
    {"revert", N | V}, {"review", N | V}, {"reward", N | V}, {"rewind", N | V},
    {"rewrite", N | V}, {"rich", J}, {"rid", D | P}, {"ridden", P}, {"ride", N | V},
    {"right", N | J | R}, {"rigid", J}, {"ring", N | V}, {"rise", N | V}, {"risen", P},
    {"risk", N | V}, {"river", N}, {"road", N}, {"rock", N | V}, {"rode", D}, {"roll", N | V},
    {"room", N}, {"rose", D}, {"rough", J}, {"round", J}, {"row", N | V}, {"royal", J},
    {"rude", J}, {"rule", N | V}, {"run", N | V}, {"rung", P}, {"rural", J}, {"rush", N | V},
    {"sad", J}, {"safe", J}, {"said", D | P}, {"sail", N | V}, {"sale", N | V}, {"same", J},
    {"sample", N | V}, {"sang", D}, {"sank", D}, {"sat", D | P}, {"save", V}, {"saw", N | D},
    {"say", V}, {"scan", N | V}, {"scared", J}, {"schedule", N | V}, {"school", N},
    {"score", N | V}, {"scream", N | V}, {"sea", N}, {"search", N | V}, {"seat", N | V},
    {"second", N | J}, {"secret", J}, {"secure", J}, {"see", V}, {"seem", V}, {"seen", P},
    {"segment", N | V}, {"sell", V}, {"send", V}, {"senior", J}, {"sense", N | V},
    {"sensitive", J}, {"sent", D | P}, {"sentence", N | V}, {"separate", V | J}, {"serious", J},
    {"serve", V}, {"set", D | P}, {"severe", J}, {"shake", V}, {"shaken", P}, {"shape", N | V},
    {"share", N | V}, {"sharp", J}, {"shed", D | P}, {"shelter", N | V}, {"shift", N | V},
    {"shine", V}, {"ship", N | V}, {"shock", N | V}, {"shone", D | P}, {"shook", D},
    {"shoot", N | V}, {"shop", N | V}, {"short", J}, {"shot", D | P}, {"shout", N | V},
    {"show", N | V}, {"shown", P}, {"shrank", D}, {"shrunk", P}, {"shut", V | D | P}, {"shy", J},
    {"sick", J}, {"side", N}, {"sign", N | V}, {"signal", N | V}, {"silence", N | V},
    {"silent", J}, {"silly", J}, {"silver", N}, {"similar", J}, {"simple", J}, {"sing", N | V},
    {"singer", N}, {"single", J}, {"sink", V}, {"sit", V}, {"size", N}, {"skip", N | V},
    {"sleep", N | V}, {"slept", D | P}, {"slid", D | P}, {"slight", J}, {"slim", J},
    {"slip", N | V}, {"slow", J}, {"slung", D | P}, {"small", J}, {"smart", J}, {"smell", N | V},
    {"smelt", D | P}, {"smile", N | V}, {"smoke", N | V}, {"smooth", J}, {"so", R}, {"social", J},
    {"soft", J}, {"sold", D | P}, {"sole", J}, {"solid", J}, {"somehow", R}, {"sometimes", R},
    {"somewhat", R}, {"somewhere", R}, {"soon", R}, {"soprano", N}, {"sorry", J},
    {"sought", D | P}, {"sound", N | V}, {"sow", N | V}, {"space", N}, {"spark", N | V},
    {"speak", V}, {"special", J}, {"sped", D | P}, {"speech", N}, {"speed", N | V},
    {"spell", N | V}, {"spelt", D | P}, {"spend", V}, {"spent", D | P}, {"spilt", D | P},
    {"spin", N | V}, {"split", N | V | D | P}, {"spoken", P}, {"sponsor", N | V},
    {"sport", N | V}, {"spot", N | V}, {"sprang", D}, {"spread", N | V | D | P},
    {"spring", N | V}, {"sprung", P}, {"spun", D | P}, {"stable", J}, {"stage", N | V},
    {"stamp", N | V}, {"stand", N | V}, {"standard", J}, {"stank", D}, {"star", N | V},
    {"stare", N | V}, {"start", N | V}, {"state", N | V}, {"station", N}, {"stay", N | V},
    {"steal", N | V}, {"steep", J}, {"step", N | V}, {"stick", N | V}, {"still", J | R},
    {"stock", N | V}, {"stole", D}, {"stolen", P}, {"stood", D | P}, {"stop", N | V},
    {"store", N | V}, {"storm", N | V}, {"story", N}, {"straight", J | R}, {"strange", J},
    {"street", N}, {"stress", N | V}, {"stretch", N | V}, {"strict", J}, {"strike", N | V},
    {"strode", D}, {"strong", J}, {"strove", D}, {"struck", D | P}, {"struggle", V},
    {"strung", D | P}, {"stuck", D | P}, {"student", N}, {"study", N | V}, {"stung", D | P},
    {"stupid", J}, {"subject", N | V | J}, {"succeed", V}, {"sudden", J}, {"suffer", V},
    {"sufficient", J}, {"suggest", V}, {"suit", N | V}, {"suitable", J}, {"sung", P}, {"sunk", P},
    {"super", J}, {"supplement", N | V}, {"supply", N | V}, {"support", N | V}, {"suppose", V},
    {"sure", J}, {"surprise", N | V}, {"surround", N | V}, {"survey", N | V}, {"survive", V},
    {"suspect", N | V}, {"swam", D}, {"sweet", J}, {"swept", D | P}, {"swim", V},
    {"swing", N | V}, {"switch", N | V}, {"swollen", P}, {"swore", D}, {"sworn", P},
    {"swung", D | P}, {"syndicate", N | V}, {"system", N}, {"table", N}, {"take", V},
    {"taken", P}, {"talk", N | V}, {"tall", J}, {"target", N | V}, {"task", N | V},
    {"taste", N | V}, {"taught", D | P}, {"tax", N | V}, {"teach", V}, {"teacher", N},
    {"team", N}, {"tear", N | V}, {"tears", Z | S}, {"technical", J}, {"television", N},
    {"tell", V}, {"temporary", J}, {"tend", V}, {"tenor", N}, {"terrible", J}, {"test", N | V},
    {"thank", N | V}, {"then", R}, {"therefore", R}, {"thick", J}, {"thin", J}, {"think", V},
    {"third", J}, {"thought", N | D | P}, {"threw", D}, {"throw", V}, {"thrown", P},
    {"thrust", D | P}, {"thus", R}, {"tie", N | V}, {"tight", J}, {"time", N | V}, {"tiny", J},
    {"tip", N | V}, {"tire", N | V}, {"tired", J}, {"today", R}, {"together", R}, {"told", D | P},
    {"tomorrow", R}, {"tonight", R}, {"too", R}, {"took", D}, {"top", J}, {"tore", D},
    {"torment", N | V}, {"torn", P}, {"total", N | V | J}, {"touch", N | V}, {"tough", J},
    {"tour", N | V}, {"track", N | V}, {"trade", N | V}, {"traffic", N | V}, {"train", N | V},
    {"transfer", N | V}, {"transform", N | V}, {"transplant", N | V}, {"transport", N | V},
    {"trap", N | V}, {"travel", N | V}, {"treat", N | V}, {"tree", N}, {"trick", N | V},
    {"trip", N | V}, {"trouble", N | V}, {"true", J}, {"trust", N | V}, {"try", N | V},
    {"turn", N | V}, {"twice", R}, {"twist", N | V}, {"type", N | V}, {"typical", J}, {"ugly", J},
    {"unable", J}, {"undergone", P}, {"underground", R}, {"understand", V}, {"understood", D | P},
    {"undertake", N | V}, {"undertaken", P}, {"undertook", D}, {"underwent", D}, {"unfair", J},
    {"unique", J}, {"unknown", J}, {"update", N | V}, {"upgrade", N | V}, {"upheld", D | P},
    {"uphill", R}, {"upload", N | V}, {"upper", J}, {"upset", N | V | D | P | J}, {"upstairs", R},
    {"urban", J}, {"urgent", J}, {"use", N | V}, {"used", D | P | J}, {"useful", J},
    {"uses", Z | S}, {"usual", J}, {"vague", J}, {"valid", J}, {"value", N | V}, {"various", J},
    {"vast", J}, {"very", J | R}, {"view", N | V}, {"violent", J}, {"violin", N}, {"visible", J},
    {"visit", N | V}, {"vital", J}, {"voice", N | V}, {"vote", N | V}, {"wait", N | V},
    {"wake", V}, {"walk", N | V}, {"want", V}, {"warm", J}, {"warn", V}, {"wash", N | V},
    {"waste", N | V}, {"watch", N | V}, {"water", N}, {"wave", N | V}, {"weak", J},
    {"wealthy", J}, {"wear", V}, {"weather", N | V}, {"week", N}, {"weird", J}, {"well", R},
    {"went", D}, {"wept", D | P}, {"wet", J}, {"whisper", V}, {"white", J}, {"whole", J},
    {"wicked", J}, {"wide", J}, {"wild", J}, {"win", V}, {"wind", N | V}, {"wipe", V},
    {"wise", J}, {"wish", N | V}, {"withdrawn", P}, {"withdrew", D}, {"withheld", D | P},
    {"withstood", D | P}, {"witness", N | V}, {"woke", D}, {"woken", P}, {"woman", N},
    {"won", D | P}, {"wonder", N | V}, {"wonderful", J}, {"wooden", J}, {"wool", N}, {"word", N},
    {"wore", D}, {"work", N | V}, {"world", N}, {"worn", P}, {"worry", N | V},
    {"wound", N | V | D | P}, {"wove", D}, {"woven", P}, {"wrap", N | V}, {"write", V},
    {"written", P}, {"wrong", J}, {"wrote", D}, {"wrung", D | P}, {"year", N}, {"yellow", J},
    {"yesterday", R}, {"yield", N | V}, {"young", J},
};

static const struct listed CLOSED[] = {
    {"a", AVT_TAG_DT}, {"about", AVT_TAG_IN}, {"above", AVT_TAG_IN}, {"across", AVT_TAG_IN},
    {"after", AVT_TAG_IN}, {"against", AVT_TAG_IN}, {"ah", AVT_TAG_UH}, {"all", AVT_TAG_DT},
    {"along", AVT_TAG_IN}, {"although", AVT_TAG_IN}, {"always", AVT_TAG_RB}, {"am", AVT_TAG_VBP},
    {"amid", AVT_TAG_IN}, {"among", AVT_TAG_IN}, {"an", AVT_TAG_DT}, {"and", AVT_TAG_CC},
    {"another", AVT_TAG_DT}, {"any", AVT_TAG_DT}, {"anybody", AVT_TAG_PRP},
    {"anyone", AVT_TAG_PRP}, {"anything", AVT_TAG_PRP}, {"are", AVT_TAG_VBP},
    {"aren't", AVT_TAG_VBP}, {"around", AVT_TAG_IN}, {"as", AVT_TAG_IN}, {"at", AVT_TAG_IN},
    {"be", AVT_TAG_VB}, {"because", AVT_TAG_IN}, {"been", AVT_TAG_VBN}, {"before", AVT_TAG_IN},
    {"behind", AVT_TAG_IN}, {"below", AVT_TAG_IN}, {"beneath", AVT_TAG_IN},
    {"beside", AVT_TAG_IN}, {"between", AVT_TAG_IN}, {"beyond", AVT_TAG_IN},
    {"billion", AVT_TAG_CD}, {"both", AVT_TAG_DT}, {"but", AVT_TAG_CC}, {"by", AVT_TAG_IN},
    {"can", AVT_TAG_MD}, {"can't", AVT_TAG_MD}, {"cannot", AVT_TAG_MD}, {"could", AVT_TAG_MD},
    {"couldn't", AVT_TAG_MD}, {"despite", AVT_TAG_IN}, {"did", AVT_TAG_VBD},
    {"didn't", AVT_TAG_VBD}, {"do", AVT_TAG_VBP}, {"does", AVT_TAG_VBZ}, {"doesn't", AVT_TAG_VBZ},
    {"don't", AVT_TAG_VBP}, {"down", AVT_TAG_IN}, {"during", AVT_TAG_IN}, {"each", AVT_TAG_DT},
    {"eight", AVT_TAG_CD}, {"eighteen", AVT_TAG_CD}, {"eighty", AVT_TAG_CD},
    {"either", AVT_TAG_DT}, {"eleven", AVT_TAG_CD}, {"every", AVT_TAG_DT},
    {"everybody", AVT_TAG_PRP}, {"everyone", AVT_TAG_PRP}, {"everything", AVT_TAG_PRP},
    {"except", AVT_TAG_IN}, {"fifteen", AVT_TAG_CD}, {"fifty", AVT_TAG_CD}, {"five", AVT_TAG_CD},
    {"for", AVT_TAG_IN}, {"forty", AVT_TAG_CD}, {"four", AVT_TAG_CD}, {"fourteen", AVT_TAG_CD},
    {"from", AVT_TAG_IN}, {"gonna", AVT_TAG_MD}, {"had", AVT_TAG_VBD}, {"hadn't", AVT_TAG_VBD},
    {"half", AVT_TAG_DT}, {"has", AVT_TAG_VBZ}, {"hasn't", AVT_TAG_VBZ}, {"have", AVT_TAG_VBP},
    {"haven't", AVT_TAG_VBP}, {"he", AVT_TAG_PRP}, {"he'd", AVT_TAG_PRP}, {"he'll", AVT_TAG_PRP},
    {"he's", AVT_TAG_PRP}, {"hello", AVT_TAG_UH}, {"her", AVT_TAG_PRPS}, {"hers", AVT_TAG_PRP},
    {"herself", AVT_TAG_PRP}, {"hey", AVT_TAG_UH}, {"hi", AVT_TAG_UH}, {"him", AVT_TAG_PRP},
    {"himself", AVT_TAG_PRP}, {"his", AVT_TAG_PRPS}, {"how", AVT_TAG_WH}, {"hundred", AVT_TAG_CD},
    {"i", AVT_TAG_PRP}, {"i'd", AVT_TAG_PRP}, {"i'll", AVT_TAG_PRP}, {"i'm", AVT_TAG_PRP},
    {"i've", AVT_TAG_PRP}, {"if", AVT_TAG_IN}, {"in", AVT_TAG_IN}, {"inside", AVT_TAG_IN},
    {"into", AVT_TAG_IN}, {"is", AVT_TAG_VBZ}, {"isn't", AVT_TAG_VBZ}, {"it", AVT_TAG_PRP},
    {"it'll", AVT_TAG_PRP}, {"it's", AVT_TAG_PRP}, {"its", AVT_TAG_PRPS}, {"itself", AVT_TAG_PRP},
    {"let's", AVT_TAG_MD}, {"like", AVT_TAG_IN}, {"may", AVT_TAG_MD}, {"me", AVT_TAG_PRP},
    {"might", AVT_TAG_MD}, {"mightn't", AVT_TAG_MD}, {"million", AVT_TAG_CD},
    {"mine", AVT_TAG_PRP}, {"must", AVT_TAG_MD}, {"mustn't", AVT_TAG_MD}, {"my", AVT_TAG_PRPS},
    {"myself", AVT_TAG_PRP}, {"n't", AVT_TAG_RB}, {"near", AVT_TAG_IN}, {"needn't", AVT_TAG_MD},
    {"neither", AVT_TAG_DT}, {"never", AVT_TAG_RB}, {"nine", AVT_TAG_CD},
    {"nineteen", AVT_TAG_CD}, {"ninety", AVT_TAG_CD}, {"no", AVT_TAG_DT}, {"nobody", AVT_TAG_PRP},
    {"nor", AVT_TAG_CC}, {"not", AVT_TAG_RB}, {"nothing", AVT_TAG_PRP}, {"of", AVT_TAG_IN},
    {"off", AVT_TAG_IN}, {"often", AVT_TAG_RB}, {"oh", AVT_TAG_UH}, {"ok", AVT_TAG_UH},
    {"okay", AVT_TAG_UH}, {"on", AVT_TAG_IN}, {"one", AVT_TAG_CD}, {"one's", AVT_TAG_PRP},
    {"onto", AVT_TAG_IN}, {"or", AVT_TAG_CC}, {"our", AVT_TAG_PRPS}, {"ours", AVT_TAG_PRP},
    {"ourselves", AVT_TAG_PRP}, {"out", AVT_TAG_IN}, {"outside", AVT_TAG_IN},
    {"over", AVT_TAG_IN}, {"past", AVT_TAG_IN}, {"per", AVT_TAG_IN}, {"please", AVT_TAG_UH},
    {"plus", AVT_TAG_CC}, {"rarely", AVT_TAG_RB}, {"seldom", AVT_TAG_RB}, {"seven", AVT_TAG_CD},
    {"seventeen", AVT_TAG_CD}, {"seventy", AVT_TAG_CD}, {"shall", AVT_TAG_MD},
    {"she", AVT_TAG_PRP}, {"she'd", AVT_TAG_PRP}, {"she'll", AVT_TAG_PRP}, {"she's", AVT_TAG_PRP},
    {"should", AVT_TAG_MD}, {"shouldn't", AVT_TAG_MD}, {"since", AVT_TAG_IN}, {"six", AVT_TAG_CD},
    {"sixteen", AVT_TAG_CD}, {"sixty", AVT_TAG_CD}, {"some", AVT_TAG_DT},
    {"somebody", AVT_TAG_PRP}, {"someone", AVT_TAG_PRP}, {"something", AVT_TAG_PRP},
    {"such", AVT_TAG_DT}, {"ten", AVT_TAG_CD}, {"than", AVT_TAG_IN}, {"that", AVT_TAG_IN},
    {"the", AVT_TAG_DT}, {"their", AVT_TAG_PRPS}, {"theirs", AVT_TAG_PRP}, {"them", AVT_TAG_PRP},
    {"themselves", AVT_TAG_PRP}, {"there", AVT_TAG_EX}, {"there's", AVT_TAG_EX},
    {"these", AVT_TAG_DT}, {"they", AVT_TAG_PRP}, {"they'd", AVT_TAG_PRP},
    {"they'll", AVT_TAG_PRP}, {"they're", AVT_TAG_PRP}, {"they've", AVT_TAG_PRP},
    {"thirteen", AVT_TAG_CD}, {"thirty", AVT_TAG_CD}, {"this", AVT_TAG_DT}, {"those", AVT_TAG_DT},
    {"though", AVT_TAG_IN}, {"thousand", AVT_TAG_CD}, {"three", AVT_TAG_CD},
    {"through", AVT_TAG_IN}, {"throughout", AVT_TAG_IN}, {"till", AVT_TAG_IN}, {"to", AVT_TAG_TO},
    {"toward", AVT_TAG_IN}, {"towards", AVT_TAG_IN}, {"trillion", AVT_TAG_CD},
    {"twelve", AVT_TAG_CD}, {"twenty", AVT_TAG_CD}, {"two", AVT_TAG_CD}, {"under", AVT_TAG_IN},
    {"underneath", AVT_TAG_IN}, {"unless", AVT_TAG_IN}, {"until", AVT_TAG_IN}, {"up", AVT_TAG_IN},
    {"upon", AVT_TAG_IN}, {"us", AVT_TAG_PRP}, {"usually", AVT_TAG_RB}, {"versus", AVT_TAG_IN},
    {"via", AVT_TAG_IN}, {"vs", AVT_TAG_IN}, {"wanna", AVT_TAG_MD}, {"was", AVT_TAG_VBZ},
    {"wasn't", AVT_TAG_VBZ}, {"we", AVT_TAG_PRP}, {"we'd", AVT_TAG_PRP}, {"we'll", AVT_TAG_PRP},
    {"we're", AVT_TAG_PRP}, {"we've", AVT_TAG_PRP}, {"were", AVT_TAG_VBP},
    {"weren't", AVT_TAG_VBP}, {"what", AVT_TAG_WH}, {"whatever", AVT_TAG_WH},
    {"when", AVT_TAG_WH}, {"where", AVT_TAG_WH}, {"whereas", AVT_TAG_IN}, {"whether", AVT_TAG_IN},
    {"which", AVT_TAG_WH}, {"whichever", AVT_TAG_WH}, {"while", AVT_TAG_IN}, {"who", AVT_TAG_WH},
    {"whoever", AVT_TAG_WH}, {"whom", AVT_TAG_WH}, {"whose", AVT_TAG_PRPS}, {"why", AVT_TAG_WH},
    {"will", AVT_TAG_MD}, {"with", AVT_TAG_IN}, {"within", AVT_TAG_IN}, {"without", AVT_TAG_IN},
    {"won't", AVT_TAG_MD}, {"would", AVT_TAG_MD}, {"wouldn't", AVT_TAG_MD}, {"wow", AVT_TAG_UH},
    {"yeah", AVT_TAG_UH}, {"yes", AVT_TAG_UH}, {"yet", AVT_TAG_CC}, {"you", AVT_TAG_PRP},
    {"you'd", AVT_TAG_PRP}, {"you'll", AVT_TAG_PRP}, {"you're", AVT_TAG_PRP},
    {"you've", AVT_TAG_PRP}, {"your", AVT_TAG_PRPS}, {"yours", AVT_TAG_PRP},
    {"yourself", AVT_TAG_PRP}, {"zero", AVT_TAG_CD},
};
/* clang-format on */

enum { OPEN_COUNT = sizeof OPEN / sizeof OPEN[0], CLOSED_COUNT = sizeof CLOSED / sizeof CLOSED[0] };

static int compare(const void *word, const void *listed)
{
    return strcmp(word, ((const struct listed *)listed)->word);
}

static unsigned find(const struct listed *list, size_t count, const char *word)
{
    const struct listed *found = bsearch(word, list, count, sizeof *list, compare);
    return found ? found->what : 0;
}

static bool sorted(const struct listed *list, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(list[i - 1].word, list[i].word) >= 0)
            return false;
    return true;
}

bool avt_tagger_lists_sorted(void)
{
    return sorted(OPEN, OPEN_COUNT) && sorted(CLOSED, CLOSED_COUNT);
}

enum avt_tag avt_tagger_closed(const char *word)
{
    return (enum avt_tag)find(CLOSED, CLOSED_COUNT, word);
}

bool avt_tagger_listed(const char *word)
{
    return find(OPEN, OPEN_COUNT, word) != 0 || find(CLOSED, CLOSED_COUNT, word) != 0;
}

enum { STEM_MAX = 40 };

/* Classes of the word without its last `cut` letters and with `add` instead. */
static unsigned stem_classes(const char *word, size_t length, size_t cut, const char *add)
{
    char stem[STEM_MAX + 4];
    if (length <= cut + 1 || length - cut > STEM_MAX - 4)
        return 0;
    memcpy(stem, word, length - cut);
    memcpy(stem + length - cut, add, strlen(add) + 1);
    return find(OPEN, OPEN_COUNT, stem);
}

/* Over the spellings that an ending like -ed may hide: walked, used, stopped, tried. */
static unsigned any_stem(const char *word, size_t length, size_t ending)
{
    unsigned classes =
        stem_classes(word, length, ending, "") | stem_classes(word, length, ending, "e");
    if (length > ending + 2 && word[length - ending - 1] == word[length - ending - 2])
        classes |= stem_classes(word, length, ending + 1, "");
    if (length > ending + 1 && word[length - ending - 1] == 'i')
        classes |= stem_classes(word, length, ending + 1, "y");
    return classes;
}

static bool has_ending(const char *word, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(word) > strlen(endings[i]) + 1 && avt_str_ends(word, endings[i]))
            return true;
    return false;
}
#define HAS_ENDING(word, list) has_ending((word), (list), sizeof(list) / sizeof((list)[0]))

static unsigned classes_by_ending(const char *word, size_t length)
{
    static const char *const NOUNS[] = {"tion", "sion", "ment", "ness", "ity", "ship", "hood",
                                        "ism",  "ist",  "ance", "ence", "dom", "age",  "ure"};
    static const char *const ADJECTIVES[] = {"ous", "ful", "less", "able", "ible", "ical", "ish",
                                             "ive", "ial", "ic",   "ary",  "ese",  "ian"};
    static const char *const VERBS[] = {"ize", "ise", "ify"};
    if (length > 4 && avt_str_ends(word, "ed"))
        return AVT_CLASS_PAST | AVT_CLASS_PARTICIPLE;
    if (length > 4 && avt_str_ends(word, "ing"))
        return AVT_CLASS_GERUND | AVT_CLASS_NOUN;
    if (length > 3 && avt_str_ends(word, "ly"))
        return AVT_CLASS_ADVERB;
    if (HAS_ENDING(word, NOUNS))
        return AVT_CLASS_NOUN;
    if (HAS_ENDING(word, ADJECTIVES))
        return AVT_CLASS_ADJECTIVE;
    return HAS_ENDING(word, VERBS) ? AVT_CLASS_VERB : 0;
}

unsigned avt_tagger_classes(const char *word)
{
    size_t length = strlen(word);
    unsigned classes = find(OPEN, OPEN_COUNT, word);
    if (classes)
        return classes;
    if (length > 3 && word[length - 1] == 's' && word[length - 2] != 's' &&
        word[length - 2] != '\'') {
        unsigned stem = stem_classes(word, length, 1, "");
        if (!stem && avt_str_ends(word, "es"))
            stem = stem_classes(word, length, 2, "");
        if (!stem && avt_str_ends(word, "ies"))
            stem = stem_classes(word, length, 3, "y");
        if (stem & AVT_CLASS_VERB)
            classes |= AVT_CLASS_VERB_S;
        if (stem & AVT_CLASS_NOUN || !(stem & AVT_CLASS_VERB))
            classes |= AVT_CLASS_NOUN_S;
        return classes;
    }
    if (length > 4 && avt_str_ends(word, "ed") && (any_stem(word, length, 2) & AVT_CLASS_VERB))
        return AVT_CLASS_PAST | AVT_CLASS_PARTICIPLE;
    if (length > 4 && avt_str_ends(word, "est") &&
        (any_stem(word, length, 3) & AVT_CLASS_ADJECTIVE))
        return AVT_CLASS_ADJECTIVE;
    return classes_by_ending(word, length);
}
