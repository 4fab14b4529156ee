// The slider of the time machine moves the date; letting go shows that day.
const slider = document.getElementById("slide");
const field = document.getElementById("on");
const said = document.getElementById("slid");

function dayOf(place) {
  const day = new Date(`${slider.dataset.first}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + Number(place));
  return day;
}

slider?.addEventListener("input", () => {
  const day = dayOf(slider.value);
  const words = day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  field.value = `${day.toISOString().slice(0, 10)}T23:59`;
  field.removeAttribute("max");
  said.textContent = words;
  slider.setAttribute("aria-valuetext", words);
});

slider?.addEventListener("change", () => field.form.requestSubmit());
