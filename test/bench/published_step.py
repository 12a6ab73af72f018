"""An optimizer step of the published recipe in PyTorch with Transformers and PEFT, random weights at the real shapes.

    python test/bench/published_step.py --first "npm run measure -- published"     (a CUDA card; ours before it, then the ratios)
    python test/bench/published_step.py --first "node bundle.mjs published"        (the same in `dist/bundle`)
    python test/bench/published_step.py --device cpu --layers 1 --vocab 512 --steps 1 --warm-up 1

Rows are padded to 30 + 20 tokens, as published: SFT of the 3B with LoRA, and distillation of the frozen 3B into the 0.5B
(KL at temperature 2, summed, and cross-entropy). Ways: `bf16` (weights in bf16, PEFT keeps adapters in f32), `autocast` (that
under bf16 autocast, as the Trainer's bf16=True), `f32` with TF32 off, which is what our kernels compute, and `tf32`.
Prints a line per stage and way, then everything as JSON, which `--out` writes into a file too.
"""

import argparse
import contextlib
import gc
import gzip
import json
import random
import statistics
import subprocess
import time
from pathlib import Path

import peft
import tokenizers
import torch
import torch.nn.functional as F
import transformers
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM, Qwen2Config

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "test" / "fixtures" / "qwen2.5"
SYSTEM = "你是一个有帮助的助手，按照格式帮我解决下面数学问题"
PROMPT, ANSWER, PAD, END, NO_LABEL = 30, 20, 151643, 151645, -100
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
LORA = {"r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "bias": "none", "target_modules": PROJECTIONS, "task_type": "CAUSAL_LM"}
ADAMW = {"lr": 1e-4, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1}
TEMPERATURE = 2.0


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--vocab", type=int)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=3)
    parser.add_argument("--stages", default="sft,distill")
    parser.add_argument("--ways", default="bf16,autocast,f32,tf32")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--first", help="command that measures ours, in the folder above test/")
    parser.add_argument("--ours", type=Path, default=ROOT / "test-results" / "published.json", help="what ours wrote, to compare with")
    return parser.parse_args()


def random_model(shape, dtype, options):
    """As Transformers initialises it, on the device itself: there it takes no time."""
    known = json.loads((FIXTURES / f"config-Qwen2.5-{shape}-Instruct.json").read_text())
    known["num_hidden_layers"] = min(options.layers or 1000, known["num_hidden_layers"])
    known["vocab_size"] = min(options.vocab or 10**6, known["vocab_size"])
    known["torch_dtype"] = str(dtype).removeprefix("torch.")
    if options.vocab:
        known["bos_token_id"] = known["eos_token_id"] = 0
    with torch.device(options.device):
        model = AutoModelForCausalLM.from_config(Qwen2Config(**known), attn_implementation="sdpa")
    assert all(weight.dtype == dtype for weight in model.parameters())
    return model


def batches(options, count):
    """Rows in a seeded order, cut and filled as published: the filling of the answer is a label too."""
    tokenizer = tokenizers.Tokenizer.from_str(gzip.decompress((FIXTURES / "tokenizer.json.gz").read_bytes()).decode())
    lines = (ROOT / "public" / "data" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in random.Random(42).sample(lines, count * options.rows)]
    laid = torch.tensor([lay_out(tokenizer, row) for row in rows], device=options.device)
    if options.vocab:
        laid[:, :2] = torch.where(laid[:, :2] == NO_LABEL, NO_LABEL, laid[:, :2] % options.vocab)
    names = ("input_ids", "labels", "attention_mask")
    return [{name: part[:, i] for i, name in enumerate(names)} for part in laid.split(options.rows)]


def lay_out(tokenizer, row):
    turn = "<|im_start|>{}\n{}<|im_end|>\n".format
    question = turn("system", SYSTEM) + turn("user", row["instruction"] + row["input"]) + "<|im_start|>assistant\n"
    prompt = tokenizer.encode(question, add_special_tokens=False).ids[:PROMPT]
    answer = [*tokenizer.encode(row["output"], add_special_tokens=False).ids, END][:ANSWER]
    empty, rest = PROMPT - len(prompt), ANSWER - len(answer)
    ids = prompt + [PAD] * empty + answer + [PAD] * rest
    mask = [1] * len(prompt) + [0] * empty + [1] * len(answer) + [0] * rest
    return ids, [NO_LABEL] * PROMPT + answer + [PAD] * rest, mask


def forward_kl(student, teacher, labels):
    """Summed over the positions that have a label, which is not the one they predict: the mask is not shifted."""
    log_student = F.log_softmax(student / TEMPERATURE, dim=-1, dtype=torch.float32)
    log_teacher = F.log_softmax(teacher / TEMPERATURE, dim=-1, dtype=torch.float32)
    each = (log_teacher.exp() * (log_teacher - log_student)).sum(-1)
    return each.masked_fill(labels == NO_LABEL, 0).sum()


def loss_of(model, teacher, batch):
    made = model(**batch, use_cache=False)
    if teacher is None:
        return made.loss
    with torch.no_grad():
        taught = teacher(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False).logits
    return 0.5 * forward_kl(made.logits, taught, batch["labels"]) + 0.5 * made.loss


def stepper(stage, dtype, autocast, options):
    teacher = random_model("3B", dtype, options).eval() if stage == "distill" else None
    base = random_model("0.5B" if teacher else "3B", dtype, options)
    model = peft.get_peft_model(base, peft.LoraConfig(**LORA)).train()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, **ADAMW, fused=options.device == "cuda")
    kind = torch.device(options.device).type

    def step(batch):
        with torch.autocast(kind, torch.bfloat16) if autocast else contextlib.nullcontext():
            loss = loss_of(model, teacher, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss

    return step, sum(weight.numel() for weight in trained)


def wait(options):
    if options.device != "cpu":
        torch.cuda.synchronize()


def timed(work, options):
    wait(options)
    since = time.perf_counter()
    made = work()
    wait(options)
    return 1000 * (time.perf_counter() - since), made


def measure(stage, way, options):
    dtype = torch.float32 if way in ("f32", "tf32") else torch.bfloat16
    torch.backends.cuda.matmul.allow_tf32 = way == "tf32"
    step, trained = stepper(stage, dtype, way == "autocast", options)
    rows = batches(options, options.warm_up + options.steps)
    flops = flops_of(lambda: step(rows[0]))
    every = [timed(lambda: step(batch), options) for batch in rows]
    times = [milliseconds for milliseconds, _ in every[options.warm_up :]]
    median = statistics.median(times)
    loss = every[-1][1].item()
    # As ours: nothing waits for a step before the next is on its way.
    last = rows[options.warm_up :]
    row = timed(lambda: [step(batch) for batch in last], options)[0] / len(last)
    best = min(median, row)
    speed = {"median": median, "inARow": row, "best": best, "times": times, "tflop": flops / 1e12, "tflops": flops / best / 1e9}
    memory = torch.cuda.max_memory_allocated() / 1e9 if options.device == "cuda" else None
    return {"stage": stage, "way": way, **speed, "trained": trained, "loss": loss, "gigabytes": memory}


def flops_of(work):
    """Of the matrix products; NaN where PyTorch cannot count an operator."""
    counter = FlopCounterMode(display=False)
    try:
        with counter:
            work()
    except Exception as error:
        print(f"not counted: {error!r}", flush=True)
        return float("nan")
    return counter.get_total_flops()


def peaks(options):
    """What the card can do: products of square matrices, and a copy, which reads and writes."""
    size, count = (8192, 1 << 29) if options.device != "cpu" else (512, 1 << 22)
    found = {}
    for name, dtype, tf32 in (("f32", torch.float32, False), ("tf32", torch.float32, True), ("bf16", torch.bfloat16, False)):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        a, b = (torch.randn(size, size, device=options.device, dtype=dtype) for _ in range(2))
        least = min(timed(lambda: torch.mm(a, b), options)[0] for _ in range(6))
        found[f"{name} TFLOP/s"] = 2 * size**3 / least / 1e9
    a, b = (torch.ones(count, device=options.device) for _ in range(2))
    found["copy GB/s"] = 8 * count / min(timed(lambda: a.copy_(b), options)[0] for _ in range(6)) / 1e6
    return found


def attempt(stage, way, options):
    gc.collect()
    if options.device != "cpu":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    try:
        result = measure(stage, way, options)
    except Exception as error:  # The other ways are still worth their time.
        print(f"{stage} {way}: {error!r}", flush=True)
        return {"stage": stage, "way": way, "error": repr(error)}
    speed = f"{result['median']:.1f} ms awaited, {result['inARow']:.1f} in a row, {result['tflop']:.3f} TFLOP, {result['tflops']:.2f} TFLOP/s"
    print(f"{stage} {way}: {speed}, loss {result['loss']:.3f}", flush=True)
    return result


def compare(ours, results):
    """Our median of a step with some in flight, by the better time of each way of theirs."""
    for result in results:
        stage = json.loads(ours.read_text())["results"].get(result["stage"])
        if stage and "best" in result:
            own = statistics.median(stage["inFlight"])
            print(f"{result['stage']}: ours {own:.1f} ms, {own / result['best']:.2f} of {result['way']}'s {result['best']:.1f} ms", flush=True)


def main():
    options = arguments()
    if options.first:
        subprocess.run(options.first, shell=True, check=True, cwd=ROOT)
    device = torch.cuda.get_device_name() if options.device != "cpu" else "cpu"
    versions = {module.__name__: module.__version__ for module in (torch, transformers, peft)}
    found = {"device": device, "versions": versions, "peaks": peaks(options), "results": []}
    print(device, versions, {name: round(value, 2) for name, value in found["peaks"].items()}, flush=True)
    for stage in options.stages.split(","):
        for way in options.ways.split(","):
            found["results"].append(attempt(stage, way, options))
            if options.out:
                options.out.parent.mkdir(parents=True, exist_ok=True)
                options.out.write_text(json.dumps(found, indent=1) + "\n")
    if options.ours.exists():
        compare(options.ours, found["results"])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
