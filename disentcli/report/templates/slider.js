// The slider traversal: which frame of which sheet each picture shows, and the page's controls for it.
"use strict";

// Which value each latent has, from one base image on. data: {frame: [w, h], latents: [name],
// bases: [{base_index: [step], texts: [[text]]}]}, both by latent; base_index is the image's own step.
class Traversal {
  constructor(data) {
    this.data = data;
    this.choose(0);
  }

  // Begin anew around another base image, every latent at the image's own value.
  choose(base) {
    this.base = base;
    this.steps = [...this.data.bases[base].base_index];
    this.moved = null;
  }

  last(latent) {
    return this.data.bases[this.base].texts[latent].length - 1;
  }

  move(latent, step) {
    this.steps[latent] = Math.min(Math.max(step, 0), this.last(latent));
    this.moved = latent;
  }

  text(latent) {
    const { base_index: own, texts } = this.data.bases[this.base];
    const step = this.steps[latent];
    return texts[latent][step] + (step === own[latent] ? ", base image" : "");
  }

  // [x, y, width, height] of a frame in the sheet: row 0 is the image and its reconstruction.
  box(row, column) {
    const [width, height] = this.data.frame;
    return [column * width, row * height, width, height];
  }

  // The frame of a latent's move; of none, the reconstruction.
  boxOf(latent) {
    return latent === null ? this.box(0, 1) : this.box(latent + 1, this.steps[latent]);
  }

  caption() {
    return this.moved === null ? "move a slider" : `${this.data.latents[this.moved]} = ${this.text(this.moved)}`;
  }
}

function connect(section) {
  const traversal = new Traversal(JSON.parse(section.querySelector("script").textContent));
  const sheets = [...section.querySelectorAll(".sheets img")];
  const choices = [...section.querySelectorAll(".bases input")];
  const thumbnails = [...section.querySelectorAll(".bases canvas")];
  const rows = [...section.querySelectorAll(".latent")].map((row) => ({
    canvas: row.querySelector("canvas"),
    slider: row.querySelector("input"),
    output: row.querySelector("output"),
  }));
  const stage = (role) => section.querySelector(`[data-role=${role}]`);

  function draw(canvas, sheet, box) {
    canvas.getContext("2d").drawImage(sheet, ...box, 0, 0, canvas.width, canvas.height);
  }

  function showLatent(latent) {
    const { canvas, slider, output } = rows[latent];
    slider.max = traversal.last(latent);
    slider.value = traversal.steps[latent];
    slider.disabled = traversal.last(latent) === 0;
    output.textContent = traversal.text(latent);
    slider.setAttribute("aria-valuetext", traversal.text(latent));
    draw(canvas, sheets[traversal.base], traversal.boxOf(latent));
  }

  function showMoved() {
    const canvas = stage("moved");
    draw(canvas, sheets[traversal.base], traversal.boxOf(traversal.moved));
    canvas.nextElementSibling.textContent = traversal.caption();
    canvas.setAttribute("aria-label", traversal.caption());
  }

  function choose(base) {
    traversal.choose(base);
    draw(stage("original"), sheets[base], traversal.box(0, 0));
    draw(stage("reconstruction"), sheets[base], traversal.box(0, 1));
    rows.forEach((_, latent) => showLatent(latent));
    showMoved();
  }

  rows.forEach(({ slider }, latent) =>
    slider.addEventListener("input", () => {
      traversal.move(latent, Number(slider.value));
      showLatent(latent);
      showMoved();
    }),
  );
  choices.forEach((choice, base) => choice.addEventListener("change", () => choose(base)));
  section.querySelector("button").addEventListener("click", () => choose(traversal.base));

  return Promise.all(sheets.map((sheet) => sheet.decode())).then(() => {
    thumbnails.forEach((canvas, base) => draw(canvas, sheets[base], traversal.box(0, 0)));
    choose(0);
    section.querySelector(".sheets").hidden = true;
    section.querySelector(".controls").hidden = false;
  });
}

if (typeof document !== "undefined") document.querySelectorAll("[data-traversal]").forEach(connect);
